import { describe, expect, it } from "vitest";
import type { Filter } from "@/api/types";
import { figuresOf, scoped } from "./dimensions";
import { comparisons, dateRange, intervalOf, intervalsFor, parseView, withFilter } from "./view";

const TODAY = "2027-03-15";

describe("the address", () => {
  it("keeps what it understands and leaves out the rest", () => {
    const view = parseView({
      range: "91d",
      compare: "weekly",
      interval: "week",
      metric: "bounce_rate",
      f: [
        ["is", "visit:source", ["Google"]],
        ["drops", "visit:source", ["x"]],
        "x",
        ["is", "visit:source", []],
      ],
    });
    expect(view.range).toBe("91d");
    expect(view.compare).toBeUndefined();
    expect(view.interval).toBe("week");
    expect(view.metric).toBe("bounce_rate");
    expect(view.f).toEqual([["is", "visit:source", ["Google"]]]);
  });

  it("takes chosen dates only when both are given", () => {
    expect(parseView({ range: "custom", from: "2027-01-01" }).range).toBeUndefined();
    expect(parseView({ range: "custom", from: "2027-01-01", to: "2027-01-31" })).toMatchObject({
      range: "custom",
      from: "2027-01-01",
      to: "2027-01-31",
    });
  });
});

describe("the period", () => {
  it.each([
    ["yesterday", ["2027-03-14", "2027-03-14"]],
    ["last_month", ["2027-02-01", "2027-02-28"]],
    ["month", ["2027-03-01", "2027-03-15"]],
    ["year", ["2027-01-01", "2027-03-15"]],
    ["28d", "28d"],
    ["all", "all"],
  ] as const)("%s is asked for as %j", (range, asked) => {
    expect(dateRange({ range }, TODAY)).toEqual(asked);
  });

  it("of one day is drawn by hours, of a quarter by days, of years by months", () => {
    expect(intervalsFor(1)).toEqual(["hour"]);
    expect(intervalsFor(91)[0]).toBe("day");
    expect(intervalsFor(800)[0]).toBe("month");
  });

  it("forgets an interval that does not suit it", () => {
    expect(intervalOf({ range: "day", interval: "month" }, TODAY)).toBe("hour");
    expect(intervalOf({ range: "91d", interval: "week" }, TODAY)).toBe("week");
  });

  it("is compared with the one before unless someone says otherwise, and never when it is all time", () => {
    expect(comparisons({})).toEqual({ comparisons: { mode: "previous_period" } });
    expect(comparisons({ compare: "year_over_year", weekdays: true })).toEqual({
      comparisons: { mode: "year_over_year", match_day_of_week: true },
    });
    expect(comparisons({ range: "all" })).toEqual({});
    expect(comparisons({ compare: "off" })).toEqual({});
  });
});

describe("a click on a value", () => {
  const google: Filter = ["is", "visit:source", ["Google"]];

  it("joins a filter on the same dimension", () => {
    expect(withFilter([google], ["is", "visit:source", ["Bing", "Google"]])).toEqual([
      ["is", "visit:source", ["Google", "Bing"]],
    ]);
  });

  it("stands beside a filter with another operator", () => {
    expect(withFilter([google], ["is_not", "visit:source", ["Bing"]])).toHaveLength(2);
  });
});

describe("the key figures", () => {
  it("are those that the filters leave a meaning", () => {
    expect(figuresOf([])).toContain("views_per_visit");
    expect(figuresOf([["is", "event:page", ["/"]]])).not.toContain("views_per_visit");
    expect(figuresOf([["is", "event:goal", ["Order"]]])).toContain("conversion_rate");
  });
});

describe("the source of a visit", () => {
  it("is its own unless an earlier visit is chosen, and only sources have earlier ones", () => {
    expect(scoped("visit:channel", "visit")).toBe("visit:channel");
    expect(scoped("visit:channel", "last_non_direct")).toBe("visit:last_non_direct_channel");
    expect(scoped("visit:source", "first_user")).toBe("visit:first_user_source");
    expect(scoped("visit:referrer", "first_user")).toBe("visit:referrer");
  });
});
