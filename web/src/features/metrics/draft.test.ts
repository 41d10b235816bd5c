import { expect, it } from "vitest";
import type { Formula } from "@/api/dictionary";
import { blankFormula, draftOf, formulaOf, isWhole, keyFrom, turned, usualUnit } from "./draft";

const FORMULAS: Formula[] = [
  { kind: "query", metric: "visits", filters: [["is", "visit:channel", ["Email"]]] },
  { kind: "aggregate", events: "purchase", function: "median", value: "revenue", filters: [] },
  { kind: "aggregate", observations: "reply_time", function: "p90", filters: [] },
  { kind: "aggregate", observations: "followers", function: "change", filters: [["is", "network", ["X"]]] },
  {
    kind: "ratio",
    numerator: { events: "purchase", function: "count", filters: [] },
    denominator: { events: "*", function: "distinct", value: "visit", filters: [] },
    scale: 100,
    complement: true,
  },
  {
    kind: "funnel",
    steps: [{ page: "/cart" }, { page: "/pay" }, { event: "purchase" }],
    step: 2,
    filters: [],
  },
  { kind: "sql", expression: "count(*)", filters: [] },
];

it.each(FORMULAS)("a formula becomes choices and the same formula again: $kind", (formula) => {
  expect(formulaOf(draftOf(formula))).toEqual(formula);
  expect(isWhole(draftOf(formula))).toBe(true);
});

it("nothing is asked before it is whole", () => {
  const blank = blankFormula();
  expect(isWhole(blank)).toBe(false);
  expect(isWhole({ ...blank, part: { ...blank.part, name: "purchase" } })).toBe(true);
  expect(isWhole({ ...blank, part: { ...blank.part, name: "purchase", function: "sum" } })).toBe(false);
  expect(isWhole({ ...blank, what: "funnel" })).toBe(false);
});

it("another subject leaves nothing behind that it cannot do", () => {
  const { part } = blankFormula();
  expect(turned({ ...part, value: "revenue", function: "sum" }, "readings")).toMatchObject({
    of: "readings",
    function: "last",
    value: "",
  });
});

it("a unit is proposed from what is counted", () => {
  const blank = blankFormula();
  expect(usualUnit({ ...blank, what: "funnel" })).toBe("share");
  expect(usualUnit({ ...blank, what: "query", metric: "visit_duration" })).toBe("duration");
  expect(usualUnit({ ...blank, part: { ...blank.part, function: "sum", value: "revenue" } })).toBe("money");
});

it("a key is made of a name, whatever its letters", () => {
  expect(keyFrom("Kävijöitä päivässä", [])).toBe("kavijoita_paivassa");
  expect(keyFrom("سهم خرید", [])).toBe("metric");
  expect(keyFrom("سهم خرید", ["metric", "metric_2"])).toBe("metric_3");
});
