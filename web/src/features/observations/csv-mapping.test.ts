import { expect, it } from "vitest";
import type { CsvAnswer } from "@/api/dictionary";
import { asked, assigned, isMapped, proposed } from "./csv-mapping";

const answer = {
  columns: ["Päivä", "Hakusana", "Sija"],
  guess: {
    day: "Päivä",
    value: "Sija",
    series: null,
    weight: null,
    dimensions: ["Hakusana"],
    date_format: "dmy",
    decimal: "comma",
  },
} as unknown as CsvAnswer;

it("a proposal is asked for as it stands", () => {
  const mapping = proposed(answer, "keyword_position");
  expect(isMapped(mapping)).toBe(true);
  expect(asked(mapping)).toEqual({
    date_format: "dmy",
    decimal: "comma",
    mapping: {
      day: "Päivä",
      value: "Sija",
      series: { fixed: "keyword_position" },
      weight: null,
      dimensions: { hakusana: "Hakusana" },
    },
  });
});

it("of each role there is one column, of dimensions as many as there are", () => {
  const mapping = assigned(proposed(answer, ""), 1, { role: "value" });
  expect(mapping.columns.map(({ role }) => role)).toEqual(["day", "value", "none"]);
  expect(isMapped(mapping)).toBe(false);
  const two = assigned(proposed(answer, ""), 2, { role: "dimension" });
  expect(two.columns.map(({ role }) => role)).toEqual(["day", "dimension", "dimension"]);
});
