import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { Placed, TileData } from "@/api/boards";
import { Formatter, tagOf } from "@/ui/format";
import en from "@/ui/locales/en";
import { fileName, wrapped } from "./picture";
import { figureText, sheetOf } from "./sheet";
import { blankTile, isWhole } from "./tile-draft";

const f = new Formatter(tagOf("en"), "EUR");
const tile = (kind: Placed["kind"], title = ""): Placed => ({ id: "t1", kind, title, width: 4, height: 3 });
const visitors = {
  key: "visitors",
  name: "Visitors",
  unit: "count",
  better: "more",
  change_in: "percent",
} as const;
const data = (kind: Placed["kind"], more: Partial<TileData>): TileData => ({ kind, as_of: "", ...more });

beforeAll(async () => {
  await i18next.init({
    lng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
});
const sheet = (of: Placed, answer?: TileData) => sheetOf(i18next.t, f, of, answer);

describe("a tile in words", () => {
  it("says its number, what was before and the change", () => {
    const days = { from: "2026-03-01", to: "2026-03-07" };
    const made = sheet(
      tile("number"),
      data("number", {
        days,
        compared: days,
        metrics: [visitors],
        total: { value: 1200, before: 1500, change: -20 },
      }),
    );
    expect(made.title).toBe("Visitors");
    expect(made.headline).toBe("1,200");
    expect(made.shown).toEqual([["Visitors", "1,200", "1,500", "\u221220%"]]);
    expect(made.raw).toEqual([["Visitors", 1200, 1500, -20]]);
  });

  it("says a breakdown with bars as long as the share of the greatest", () => {
    const rows = [40, 10].map((value, at) => ({
      name: `/${at}`,
      figures: [{ value, before: null, change: null }],
    }));
    const made = sheet(
      tile("breakdown"),
      data("breakdown", { metrics: [visitors], dimension: "event:page", rows }),
    );
    expect(made.bars).toEqual([1, 0.25]);
    expect(made.raw).toEqual([
      ["/0", 40],
      ["/1", 10],
    ]);
  });

  it("says a funnel's shares of the first step and of the one before", () => {
    const steps = [
      { name: "Looked", visitors: 4, of_first: 1, of_previous: 1 },
      { name: "Bought", visitors: 1, of_first: 0.25, of_previous: 0.25 },
    ];
    expect(sheet(tile("funnel"), data("funnel", { steps })).shown[1]).toEqual(["Bought", "1", "25%", "25%"]);
  });

  it("has a title of its own, or what it shows", () => {
    expect(sheet(tile("trend", "Mine")).title).toBe("Mine");
    expect(sheet(tile("trend")).title).toBe("Course");
  });

  it("tells each unit in its own way", () => {
    expect(figureText(f, "share", null, 42)).toBe("42%");
    expect(figureText(f, "money", "USD", 5)).toBe("US$5");
    expect(figureText(f, "count", null, null)).toBe("–");
  });
});

describe("a tile that is being made", () => {
  it("is whole when its kind has all it needs", () => {
    expect(isWhole(blankTile("number", "t1", "s"))).toBe(true);
    expect(isWhole(blankTile("note", "t1", "s"))).toBe(false);
    const funnel = blankTile("funnel", "t1", "s");
    expect(isWhole(funnel)).toBe(false);
    expect(
      isWhole({
        ...funnel,
        steps: [
          { name: "", page: "/" },
          { name: "", conversion: "Buy" },
        ],
      }),
    ).toBe(true);
    expect(
      isWhole({
        ...funnel,
        steps: [
          { name: "", page: "/" },
          { name: "", page: "/" },
        ],
      }),
    ).toBe(false);
  });
});

describe("a picture", () => {
  it("breaks words into lines that fit", () => {
    expect(wrapped("one two three\nfour", (line) => line.length <= 7)).toEqual(["one two", "three", "four"]);
  });

  it("has a name that every disk takes", () => {
    expect(fileName('a/b: "c"?', "png")).toBe("a b c.png");
    expect(fileName("", "csv")).toBe("luotsi.csv");
  });
});
