// @vitest-environment happy-dom
import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { Goal } from "@/api/types";
import { Formatter, tagOf } from "@/ui/format";
import { setLocale, startI18n } from "@/ui/i18n";
import { comparedWithBaseline, rates, sentence, verdict } from "./wording";

const goal: Goal = {
  id: "g",
  version: 1,
  created_at: "2027-01-01T08:00:00Z",
  updated_at: "2027-01-01T08:00:00Z",
  name: "",
  sentence: "",
  site_id: "s",
  metric: "visitors",
  filters: [["is", "visit:channel", ["Paid Search"]]],
  kind: "total",
  baseline_value: 10_000,
  baseline_from: "2026-10-01",
  baseline_to: "2026-12-31",
  target_kind: "percent",
  target_input: 20,
  target_value: 12_000,
  start_date: "2027-01-01",
  deadline: "2027-03-31",
  owner_id: null,
  objective_id: null,
  words: { specific: "", measurable: "", achievable: "", relevant: "", time_bound: "" },
  progress: {
    status: "behind",
    actual: 5_000,
    expected: 6_000,
    progress_share: 5 / 12,
    expected_share: 0.5,
    days_left: 45,
    days_total: 90,
    as_of: "2027-02-15T09:00:00Z",
  },
  path: [],
};
const level: Goal = {
  ...goal,
  metric: "bounce_rate",
  kind: "level",
  filters: [],
  baseline_value: 40,
  target_value: 30,
};

describe("a goal in words", () => {
  beforeAll(startI18n);

  const in_ = async (locale: "en" | "fi" | "fa", of: Goal) => {
    await setLocale(locale);
    return sentence(i18next.t, new Formatter(tagOf(locale)), of);
  };

  it("is one sentence in each language", async () => {
    expect(await in_("fi", goal)).toBe(
      "12\u00a0000 kävijää kanavasta Hakumainonta 31. maaliskuuta 2027 mennessä",
    );
    expect(await in_("fa", goal)).toBe("۱۲٬۰۰۰ بازدیدکننده از تبلیغ در جست‌وجو تا ۳۱ مارس ۲۰۲۷");
    expect(await in_("en", goal)).toBe("12,000 visitors from Paid search by 31 March 2027");
  });

  it("says from where to where for a level", async () => {
    expect(await in_("en", level)).toBe("Bounce rate from 40% to 30% by 31 March 2027");
  });

  it("says how far behind it is", async () => {
    await setLocale("en");
    const f = new Formatter(tagOf("en"));
    expect(verdict(i18next.t, f, goal)).toBe(
      "1,000 short of where it should be by now: 5,000 instead of 6,000.",
    );
    expect(comparedWithBaseline(i18next.t, f, goal)).toBe("20% more than at the pace before it");
  });
});

describe("the pace", () => {
  it("that is needed is what is missing over the days that are left", () => {
    const rate = rates(goal);
    expect(rate?.needed).toBeCloseTo(7_000 / 45);
    expect(rate?.pace).toBeCloseTo(5_000 / 45);
  });

  it("says nothing of a level, or of a goal that is over", () => {
    expect(rates(level)).toBeNull();
    expect(rates({ ...goal, progress: { ...goal.progress, days_left: 0 } })).toBeNull();
  });
});
