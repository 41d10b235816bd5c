import { describe, expect, it } from "vitest";
import type { MetricFacts } from "@/api/dictionary";
import type { Reading } from "@/api/goals";
import { newDraft } from "./draft";
import { filtersOf, pieces, taken } from "./reading";

const length = (text: string) => new TextEncoder().encode(text).length;
const span = (sentence: string, words: string) => {
  const start = length(sentence.slice(0, sentence.indexOf(words)));
  return { start, end: start + length(words) };
};
const said = <T>(value: T, sentence: string, words: string) => ({
  value,
  confidence: "said" as const,
  span: span(sentence, words),
});

const PERSIAN = "۲۰٪ سفارش بیشتر تا ۳۰ ژوئن";
const reading: Reading = {
  locale: "fa",
  metric_name: null,
  of: null,
  filters: [],
  keywords: [],
  metric: said("orders", PERSIAN, "سفارش"),
  direction: null,
  segments: [
    said({ dimension: "visit:country", value: "FI" }, PERSIAN, ""),
    said({ dimension: "visit:country", value: "SE" }, PERSIAN, ""),
  ],
  target: said(
    {
      aim: "percent" as const,
      number: 20,
      per: null,
      kind: "percent" as const,
      input: 20,
      counting: null,
      currency: null,
    },
    PERSIAN,
    "۲۰٪",
  ),
  baseline: null,
  stated_baseline: null,
  start: { value: "2026-11-22", confidence: "assumed", span: { start: 0, end: 0 } },
  deadline: said("2027-06-30", PERSIAN, "تا ۳۰ ژوئن"),
  questions: [],
  unread: [],
};

describe("a sentence", () => {
  it("is cut at its parts, also where letters have several bytes", () => {
    expect(pieces(PERSIAN, reading)).toEqual([
      { text: "۲۰٪", part: "target" },
      { text: " " },
      { text: "سفارش", part: "metric" },
      { text: " بیشتر " },
      { text: "تا ۳۰ ژوئن", part: "date" },
    ]);
  });

  it("is whole again when its pieces are put together", () => {
    expect(
      pieces(PERSIAN, reading)
        .map(({ text }) => text)
        .join(""),
    ).toBe(PERSIAN);
  });

  it("fills what it says, and leaves the rest as it was", () => {
    const draft = { ...newDraft("site", "owner", "2026-11-23"), objective_id: "o" };
    expect(taken(draft, reading)).toMatchObject({
      metric: "orders",
      target_kind: "percent",
      target_input: 20,
      deadline: "2027-06-30",
      start_date: "2026-11-23",
      objective_id: "o",
    });
    expect(taken({ ...draft, metric: "visits" }, { ...reading, metric: null, target: null })).toMatchObject({
      metric: "visits",
      target_input: null,
    });
  });

  it("that names a month's figure means the last month, and what it stands at is kept", () => {
    const draft = { ...newDraft("site", "owner", "2027-01-01"), deadline: "2027-12-31" };
    const value = {
      aim: "value" as const,
      number: 80_000,
      per: "month" as const,
      kind: "absolute" as const,
      input: 80_000,
      counting: "last_30_days" as const,
      currency: null,
    };
    const monthly = { ...reading, stated_baseline: 70_000, target: said(value, PERSIAN, "۲۰٪") };
    expect(taken(draft, monthly)).toMatchObject({
      target_kind: "absolute",
      target_input: 80_000,
      counting: { kind: "last_30_days", threshold: null },
      stated_baseline: 70_000,
    });
    // Another sentence, another way of counting.
    expect(taken(taken(draft, monthly), reading)).toMatchObject({ counting: null, stated_baseline: null });
  });

  it("that says which way it goes is followed, also against the metric's usual way", () => {
    const draft = newDraft("site", "owner", "2027-01-01");
    const value = {
      aim: "percent" as const,
      number: -10,
      per: null,
      kind: "percent" as const,
      input: -10,
      counting: null,
      currency: null,
    };
    const target = said(value, PERSIAN, "۲۰٪");
    const fewer = { ...reading, target, direction: said("less" as const, PERSIAN, "بیشتر") };
    const less = taken(draft, fewer);
    expect(less).toMatchObject({ better: "less", target_kind: "percent", target_input: -10 });
    // Another metric begins anew.
    const visits = { ...reading, metric: said("visits", PERSIAN, "سفارش") };
    expect(taken(less, visits)).toMatchObject({ metric: "visits", better: null });
  });

  it("names a place of readings as they name it", () => {
    const draft = newDraft("site", "owner", "2027-01-01");
    const place = {
      ...reading,
      segments: [said({ dimension: "visit:source", value: "Instagram" }, PERSIAN, "")],
    };
    const metric = { key: "orders", nature: "flow", observed: false } as MetricFacts;
    expect(taken(draft, place, [metric]).filters).toEqual([["is", "visit:source", ["Instagram"]]]);
    const entered = { ...metric, nature: "stock", observed: true } as MetricFacts;
    expect(taken(draft, place, [entered]).filters).toEqual([["is", "source", ["Instagram"]]]);
  });

  it("that names two countries means either", () => {
    expect(filtersOf(reading.segments)).toEqual([["is", "visit:country", ["FI", "SE"]]]);
  });
});
