import { expect, test } from "vitest";
import { nearestPrefix, prefixError } from "../../src/words/prefix";

test.each(["kd", "nw2", " northwind ", "a234567890123456"])("%s is a prefix", (text) => {
  expect(prefixError(text, true)).toBe("");
  expect(nearestPrefix(text.trim())).toBeNull();
});

test.each([
  ["Northwind", "northwind"],
  ["north-wind", "northwind"],
  ["2nd", "nd"],
  ["Überholt", "berholt"],
  ["NORTHWINDTRADERS1", "northwindtraders"],
  ["1", null],
  ["__", null],
])("%s is none, and %s would do", (text, near) => {
  expect(prefixError(text)).toMatch(/^A prefix is/);
  expect(nearestPrefix(text)).toBe(near);
});

test("a beginning is not wrong yet; what is done is", () => {
  for (const text of ["", "n"]) {
    expect(prefixError(text)).toBe("");
    expect(prefixError(text, true)).toMatch(/^A prefix is/);
  }
});
