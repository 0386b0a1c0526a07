import { expect, test } from "vitest";
import { computerOf } from "../../src/words/computers";

test("a session is told by its computer's name", () => {
  expect(computerOf("keydeck/0.1.0 (ada-laptop; Linux)")).toEqual({ name: "ada-laptop", program: "Keydeck 0.1.0 on Linux" });
  expect(computerOf("keydeck/0.1.0 (Ada's MacBook Pro; macOS)")).toEqual({ name: "Ada's MacBook Pro", program: "Keydeck 0.1.0 on macOS" });
  expect(computerOf("keydeck/0.1.0 (Windows)")).toEqual({ name: "A computer with Windows", program: "Keydeck 0.1.0" });
});

test("what says something else is shown as it is", () => {
  for (const client of ["keydeck/0.1.0", "another computer", "curl/8.5.0", "keydeck/0.1.0 (a; b; c)"]) {
    expect(computerOf(client)).toEqual({ name: client, program: "" });
  }
  expect(computerOf(null)).toEqual({ name: "A program without a name", program: "" });
});
