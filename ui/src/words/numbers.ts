import { locale } from "./times";

/** `1,284`. */
export function count(n: number): string {
  return new Intl.NumberFormat(locale()).format(n);
}

/** `1 key`, `1,284 keys`. */
export function counted(n: number, one: string, many: string): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
