/** What keys may begin with: as `Prefix` in `crates/domain/src/format.rs` has it, which is asked in the end. */
const PREFIX = /^[a-z][a-z0-9]{1,15}$/;

/** What is wrong with a prefix while it is typed. One letter is not wrong yet: it is a beginning. */
export function prefixError(typed: string, done = false): string {
  const prefix = typed.trim();
  if (PREFIX.test(prefix) || (!done && /^[a-z]?$/.test(prefix))) return "";
  return "A prefix is 2 to 16 of a-z and 0-9, beginning with a letter.";
}

/** The nearest prefix to what was typed; null where there is none, or nothing is wrong. */
export function nearestPrefix(typed: string): string | null {
  const near = typed.toLowerCase().replace(/[^a-z0-9]/g, "").replace(/^[0-9]+/, "").slice(0, 16);
  return near !== typed.trim() && PREFIX.test(near) ? near : null;
}
