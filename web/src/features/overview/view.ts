import type { DateRange, StatsQuery } from "@/api/stats";
import type { Filter } from "@/api/types";
import { addDays, daysBetween, later } from "@/ui/format";
import { isMetric, type MetricName } from "@/ui/metrics";

// What the overview shows, as it stands in the address: a link shows the same to everyone.

export const RANGES = [
  "day",
  "yesterday",
  "7d",
  "28d",
  "30d",
  "91d",
  "month",
  "last_month",
  "year",
  "12mo",
  "all",
] as const;
export type Range = (typeof RANGES)[number] | "custom";

export const INTERVALS = ["hour", "day", "week", "month"] as const;
export type Interval = (typeof INTERVALS)[number];

export const COMPARISONS = ["off", "previous_period", "year_over_year"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface View {
  range?: Range;
  from?: string;
  to?: string;
  compare?: Comparison;
  weekdays?: boolean;
  interval?: Interval;
  metric?: MetricName;
  f?: Filter[];
}

const OPERATORS = ["is", "is_not", "contains", "contains_not", "matches", "matches_not"];
const DATE = /^\d{4}-\d{2}-\d{2}$/;

const oneOf = <T extends string>(choices: readonly T[], value: unknown): T | undefined =>
  choices.find((choice) => choice === value);

const isFilter = (value: unknown): value is Filter =>
  Array.isArray(value) &&
  value.length === 3 &&
  OPERATORS.includes(value[0]) &&
  typeof value[1] === "string" &&
  Array.isArray(value[2]) &&
  value[2].length > 0 &&
  value[2].every((entry) => typeof entry === "string");

/** The filters of an address; what is none is left out. */
export function filtersIn(value: unknown): Filter[] | undefined {
  const filters = Array.isArray(value) ? value.filter(isFilter) : [];
  return filters.length > 0 ? filters : undefined;
}

/** Reads an address; what it does not understand it leaves out. */
export function parseView(search: Record<string, unknown>): View {
  const day = (value: unknown) => (typeof value === "string" && DATE.test(value) ? value : undefined);
  const range = oneOf([...RANGES, "custom"] as const, search.range);
  const dates = { from: day(search.from), to: day(search.to) };
  return {
    range: range === "custom" && !(dates.from && dates.to) ? undefined : range,
    ...(range === "custom" ? dates : {}),
    compare: oneOf(COMPARISONS, search.compare),
    weekdays: search.weekdays === true ? true : undefined,
    interval: oneOf(INTERVALS, search.interval),
    metric: typeof search.metric === "string" && isMetric(search.metric) ? search.metric : undefined,
    f: filtersIn(search.f),
  };
}

export const DEFAULT_RANGE: Range = "28d";

/** The period as the query API wants it. `today` is the site's own. */
export function dateRange(view: View, today: string): DateRange {
  switch (view.range ?? DEFAULT_RANGE) {
    case "yesterday":
      return [addDays(today, -1), addDays(today, -1)];
    case "last_month": {
      const last = addDays(`${today.slice(0, 8)}01`, -1);
      return [`${last.slice(0, 8)}01`, last];
    }
    // Up to today: the server's own month and year run to their end.
    case "month":
      return [`${today.slice(0, 8)}01`, today];
    case "year":
      return [`${today.slice(0, 4)}-01-01`, today];
    case "custom":
      return [view.from ?? today, view.to ?? today];
    default:
      return view.range ?? DEFAULT_RANGE;
  }
}

/** The period's first and last day, for what asks by days; at most 400. */
export function daysOf(view: View, today: string): { from: string; to: string } {
  const range = dateRange(view, today);
  if (Array.isArray(range)) {
    const [from, to] = range;
    return { from: later(from, addDays(to, -399)), to };
  }
  if (range === "day") return { from: today, to: today };
  const days = Number.parseInt(range, 10);
  // A number of days ends with yesterday; months and everything reach today.
  if (range.endsWith("d")) return { from: addDays(today, -days), to: addDays(today, -1) };
  return { from: addDays(today, range === "12mo" ? -364 : -399), to: today };
}

/** How many days the period has, roughly; it decides which intervals make sense. */
export function lengthInDays(view: View, today: string): number {
  const range = view.range ?? DEFAULT_RANGE;
  switch (range) {
    case "day":
    case "yesterday":
      return 1;
    case "month":
      return Number(today.slice(8));
    case "last_month":
      return 30;
    case "year":
      return daysBetween(`${today.slice(0, 4)}-01-01`, today) + 1;
    case "12mo":
      return 365;
    case "all":
      return 1000;
    case "custom":
      return daysBetween(view.from ?? today, view.to ?? today) + 1;
    default:
      return Number.parseInt(range, 10);
  }
}

/** Intervals that suit the period, the best first. */
export function intervalsFor(days: number): Interval[] {
  if (days <= 1) return ["hour"];
  if (days <= 7) return ["day", "hour"];
  if (days <= 31) return ["day", "week"];
  if (days <= 100) return ["day", "week", "month"];
  if (days <= 400) return ["week", "day", "month"];
  return ["month", "week"];
}

export function intervalOf(view: View, today: string): Interval {
  const choices = intervalsFor(lengthInDays(view, today));
  return view.interval && choices.includes(view.interval) ? view.interval : (choices[0] ?? "day");
}

export const comparisonOf = (view: View): Comparison =>
  view.range === "all" ? "off" : (view.compare ?? "previous_period");

/** What every query of the page shares: site, period, filters. */
export function baseQuery(
  view: View,
  site: string,
  today: string,
): Pick<StatsQuery, "site_id" | "date_range" | "filters"> {
  return { site_id: site, date_range: dateRange(view, today), filters: view.f ?? [] };
}

export function comparisons(view: View): { comparisons?: { mode: string; match_day_of_week?: boolean } } {
  const mode = comparisonOf(view);
  if (mode === "off") return {};
  return { comparisons: { mode, ...(view.weekdays ? { match_day_of_week: true } : {}) } };
}

/** Adds a filter; a value of the same dimension and operator joins the one that is there. */
export function withFilter(filters: Filter[], added: Filter): Filter[] {
  const [operator, dimension, values] = added;
  const at = filters.findIndex(([o, d]) => o === operator && d === dimension);
  const there = filters[at];
  if (!there) return [...filters, added];
  const joined: Filter = [operator, dimension, [...new Set([...there[2], ...values])]];
  return filters.map((filter, index) => (index === at ? joined : filter));
}
