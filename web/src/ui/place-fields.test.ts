import { expect, it } from "vitest";
import { type Placed, typedAt } from "./place-fields";

it("a figure is of the place beside which it was typed, and empty fields are none", () => {
  const places: Placed[] = [
    { dimensions: { keyword: "wool socks" }, last: null },
    { dimensions: { keyword: "hiking boots" }, last: { day: "2026-11-20", value: 31 } },
    { dimensions: {}, last: null },
  ];
  expect(typedAt(places, {})).toEqual([]);
  const typed = { '{"keyword":"hiking boots"}': 24, '{"keyword":"wool socks"}': null, "{}": 0 };
  expect(typedAt(places, typed).map(({ dimensions, value }) => [dimensions, value])).toEqual([
    [{ keyword: "hiking boots" }, 24],
    [{}, 0],
  ]);
});
