/** A variable's name for `NAME=value`, suggested from the key's name: `Billing worker` → `BILLING_WORKER_KEY`. */
export function suggestVariable(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 48)
    .replace(/_+$/, "");
  if (plain === "") return "API_KEY";
  const word = /(^|_)(KEY|TOKEN|SECRET)$/.test(plain) ? plain : `${plain}_KEY`;
  return /^[0-9]/.test(word) ? `_${word}` : word;
}

/** Letters, digits and underscores, not beginning with a digit. */
export function isVariable(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && text.length <= 128;
}
