/** The host of an origin: `keys.northwind.example`. What can't be read is shown as it is. */
export function hostOf(address: string): string {
  try {
    return new URL(address).host;
  } catch {
    return address;
  }
}
