import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { describe, expect, test } from "vitest";
import { files, sins, SOURCE } from "../layers.mjs";

test("the layers hold", () => {
  expect(files().flatMap((file: string) => sins(relative(SOURCE, file), readFileSync(file, "utf8")))).toEqual([]);
});

describe("a sin is found", () => {
  test.each([
    ["views/Keys.svelte", `import { invoke } from "@tauri-apps/api/core";`],
    ["components/Dialog.svelte", `import Keys from "../views/Keys.svelte";`],
    ["words/times.ts", `import { Clock } from "../state/clock.svelte";`],
    ["views/Keys.svelte", `import { fakeBackend } from "../backend/fake";`],
    ["views/Keys.svelte", `{@html key.name}`],
    ["views/Keys.svelte", `<p style="color: red">`],
    ["state/x.ts", `localStorage.setItem("a", "b")`],
  ])("%s: %s", (path, text) => expect(sins(path, text)).toHaveLength(1));
});
