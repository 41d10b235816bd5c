import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Filter } from "./types";

// The query API (POST /api/v2/query): every number on every screen comes from here.

export type DateRange = string | [string, string];

export interface StatsQuery {
  site_id: string;
  metrics: string[];
  date_range: DateRange;
  dimensions?: string[];
  filters?: (Filter | unknown[])[];
  order_by?: [string, "asc" | "desc"][];
  include?: {
    imports?: boolean;
    time_labels?: boolean;
    total_rows?: boolean;
    comparisons?: { mode: string; date_range?: [string, string]; match_day_of_week?: boolean };
  };
  pagination?: { limit: number; offset?: number };
}

/** A metric's value: revenue is an object with its currency, nothing measured is `null`. */
export type Value = number | null | { value: number; currency: string };

export interface Row {
  metrics: Value[];
  dimensions: string[];
  comparison?: { metrics: Value[]; change: (number | null)[]; dimensions?: string[] } | null;
}

export interface StatsAnswer {
  results: Row[];
  meta: {
    time_labels?: string[];
    comparison_time_labels?: string[];
    total_rows?: number;
    [key: string]: unknown;
  };
  query: { date_range?: [string, string]; comparison_date_range?: [string, string]; [key: string]: unknown };
}

export const runStats = (query: StatsQuery, signal?: AbortSignal) =>
  call<StatsAnswer>("POST", "/api/v2/query", query, signal);

const shapeOf = ({ site_id, metrics, dimensions }: StatsQuery): string =>
  JSON.stringify([site_id, metrics, dimensions ?? []]);

/**
 * A query whose last answer stays on screen while its period or filters change. An answer of
 * another shape never does: its rows would stand under the wrong names.
 */
export const statsQuery = (query: StatsQuery) =>
  queryOptions({
    queryKey: ["stats", query] as const,
    queryFn: ({ signal }) => runStats(query, signal),
    placeholderData: (previous: StatsAnswer | undefined, before) =>
      before && shapeOf(before.queryKey[1]) === shapeOf(query) ? previous : undefined,
    staleTime: 30_000,
    refetchInterval: 60_000,
    refetchIntervalInBackground: false,
  });

/** The plain number of a value. */
export function plain(value: Value | undefined): number | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? value.value : value;
}

export interface Series {
  labels: string[];
  values: (number | null)[];
}

/** A time series with a value for each label; a bucket without a row is `missing`: 0 for counts, null for ratios. */
export function seriesOf(answer: StatsAnswer, metric = 0, missing: 0 | null = 0): Series {
  const found = new Map(answer.results.map((row) => [row.dimensions[0] ?? "", plain(row.metrics[metric])]));
  const labels = answer.meta.time_labels ?? [...found.keys()];
  return { labels, values: labels.map((label) => (found.has(label) ? (found.get(label) ?? null) : missing)) };
}
