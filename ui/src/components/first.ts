/** For the field that a person is to type into when a view appears: `{@attach first}`. */
export function first(field: HTMLElement): void {
  field.focus();
}
