/** Which computer a session is on, from what its program said of itself. */

/** `keydeck/0.1.0 (ada-laptop; Linux)` */
const NAMED = /^keydeck\/(\S+) \((?:([^;()]+); )?([^;()]+)\)$/i;

export interface Computer {
  /** What a person calls it. */
  name: string;
  /** The program and its system; empty where no more is known than the name. */
  program: string;
}

export function computerOf(client: string | null): Computer {
  if (client === null) return { name: "A program without a name", program: "" };
  const [, version, computer, system] = NAMED.exec(client) ?? [];
  if (version === undefined || system === undefined) return { name: client, program: "" };
  return computer === undefined ? { name: `A computer with ${system}`, program: `Keydeck ${version}` } : { name: computer, program: `Keydeck ${version} on ${system}` };
}
