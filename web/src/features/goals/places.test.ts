import { expect, it } from "vitest";
import { placesOf } from "./places";

it("several keywords are several places", () => {
  expect(placesOf([["is", "keyword", ["wool socks", " boots "]]])).toEqual([
    { keyword: "wool socks" },
    { keyword: "boots" },
  ]);
});

it("a source is named as readings name it, and no filter is one place without a name", () => {
  expect(placesOf([["is", "visit:source", ["Instagram"]]])).toEqual([{ source: "Instagram" }]);
  expect(placesOf([])).toEqual([{}]);
});
