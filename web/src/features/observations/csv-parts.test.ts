import { expect, it } from "vitest";
import { partsOf } from "./csv-parts";

it("cuts between rows and knows the lines of the file", () => {
  const text = 'day;value\r\n1;"a\nb"\r\n\r\n2;c\n3;d\n';
  const parts = partsOf(text, 2);
  expect(parts.map(({ csv }) => csv)).toEqual(['day;value\n1;"a\nb"\n', "day;value\n2;c\n3;d"]);
  // The second part's line 2 is the file's line 5.
  expect(parts.map(({ offset }) => offset)).toEqual([0, 3]);
});

it("a short table is one part, an empty one too", () => {
  expect(partsOf("a,b\n1,2")).toEqual([{ csv: "a,b\n1,2", rows: 1, offset: 0 }]);
  expect(partsOf("a,b")).toEqual([{ csv: "a,b", rows: 0, offset: 0 }]);
});
