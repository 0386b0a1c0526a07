/** An invitation's link: `https://keys.example.org/join#kdi_…`. What follows `#` lets a person in. */

/** The host of an invitation's link; null where the text is none. The program looks closer. */
export function invitationHost(text: string): string | null {
  const typed = text.trim();
  try {
    const url = new URL(typed.includes("://") ? typed : `https://${typed}`);
    return /^#kdi_./.test(url.hash) ? url.host : null;
  } catch {
    return null;
  }
}
