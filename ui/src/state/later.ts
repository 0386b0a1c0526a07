import type { Component } from "svelte";

/** A component that is read when it is wanted. Its props are whatever it takes: Svelte itself bounds them so. */
export interface Later<Props extends Record<string, any>> {
  read(): Promise<Component<Props>>;
  /** The component, once it was read. */
  known(): Component<Props> | undefined;
}

export function later<Props extends Record<string, any>>(load: () => Promise<{ default: Component<Props> }>): Later<Props> {
  let known: Component<Props> | undefined;
  return {
    read: async () => (known = (await load()).default),
    known: () => known,
  };
}
