import { expect, it } from "vitest";
import { readNumber } from "./number";

it.each([
  ["1250", "en", 1250],
  ["1,250", "en", 1250],
  ["1,5", "en", 1.5],
  ["1.250", "en", 1.25],
  ["1.250", "fi", 1250],
  ["1,250", "fi", 1.25],
  ["12,5", "fi", 12.5],
  ["1 250,5", "fi", 1250.5],
  ["1,234.5", "en", 1234.5],
  ["1.234,5", "en", 1234.5],
  ["1,234,567", "en", 1_234_567],
  ["۱۲۵۰", "fa", 1250],
  ["۱۲٫۵", "fa", 12.5],
  ["۱٬۲۵۰٫۷۵", "fa", 1250.75],
  ["٣٫٥", "fa", 3.5],
  ["−3", "en", -3],
  ["€ 12.50", "en", 12.5],
  ["42 %", "fi", 42],
  ["", "en", null],
  ["-", "en", null],
  ["abc", "en", null],
  ["1.2.3", "en", null],
  ["1,23,4", "en", null],
  ["12.", "en", null],
  ["1e3", "en", null],
])("%s in %s is %s", (text, language, number) => {
  expect(readNumber(text, language)).toBe(number);
});
