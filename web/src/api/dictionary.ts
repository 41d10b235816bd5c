import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { Better, Unit } from "./goals";
import { workspacePath } from "./queries";
import type { components } from "./schema.gen";
import type { Filter } from "./types";

// The dictionary of metrics, and numbers that are read on a day.

type Schemas = components["schemas"];

/** A function over events or observations. */
export interface Part {
  events?: string;
  observations?: string;
  function: string;
  value?: string;
  filters?: Filter[];
}
export interface Step {
  page?: string;
  event?: string;
}
/** How a metric is computed; see docs/metrics.md. */
export type Formula =
  | { kind: "query"; metric: string; filters?: Filter[] }
  | ({ kind: "aggregate" } & Part)
  | { kind: "ratio"; numerator: Part; denominator: Part; scale?: number; complement?: boolean }
  | { kind: "funnel"; steps: Step[]; step?: number; filters?: Filter[] }
  | { kind: "sql"; expression: string; filters?: Filter[] };

export type Version = Omit<Schemas["MetricVersionBody"], "formula"> & { formula: Formula };
export type Metric = Omit<Schemas["MetricBody"], "better" | "unit" | "formula" | "versions" | "needs"> & {
  better: Better;
  unit: Unit;
  formula: Formula;
  versions: Version[];
  needs?: "conversion" | "page" | null;
};
/** What goals know of a metric. */
export type MetricFacts = Pick<
  Metric,
  "key" | "name" | "description" | "owner_id" | "better" | "unit" | "nature" | "ready" | "observed"
>;
export type MetricPreview = Schemas["MetricPreview"];
export type MetricValues = Omit<Schemas["MetricValues"], "better" | "unit" | "value"> & {
  better: Better;
  unit: Unit;
  value: number | null;
};
export type Observation = Schemas["ObservationBody"];
export type Series = Schemas["ObservedSeriesBody"];
export type CsvAnswer = Schemas["CsvAnswer"];

export const metricsPath = (workspace: string) => `${workspacePath(workspace)}/metrics`;
export const observationsPath = (workspace: string) => `${workspacePath(workspace)}/observations`;

export const metricsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "metrics"],
    queryFn: async ({ signal }) =>
      (await call<{ items: Metric[] }>("GET", metricsPath(workspace), undefined, signal)).items,
    staleTime: 60_000,
  });

/** A metric over the last four weeks, beside the four before. */
export const lastWeeksQuery = (workspace: string, metric: string, site: string) =>
  queryOptions({
    queryKey: [workspace, "metric-values", metric, site],
    queryFn: ({ signal }) =>
      call<MetricValues>(
        "GET",
        `${metricsPath(workspace)}/${metric}/values?site_id=${site}&compare=true`,
        undefined,
        signal,
      ),
    retry: false,
    staleTime: 60_000,
  });

/** What a formula gives, before it is kept. */
export const formulaQuery = (
  workspace: string,
  asked: { site_id: string; formula: Formula; unit: string; currency: string | null },
) =>
  queryOptions({
    queryKey: [workspace, "metric-preview", asked],
    queryFn: ({ signal }) => call<MetricPreview>("POST", `${metricsPath(workspace)}/preview`, asked, signal),
    retry: false,
    staleTime: 60_000,
  });

/** What was read of a series within a year, the latest first. */
export const readingsQuery = (workspace: string, series: string, from: string) =>
  queryOptions({
    queryKey: [workspace, "observations", "readings", series, from],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ series, from });
      const path = `${observationsPath(workspace)}?${query}`;
      return (await call<{ items: Observation[] }>("GET", path, undefined, signal)).items;
    },
  });

export const seriesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "observations", "series"],
    queryFn: async ({ signal }) =>
      (await call<{ items: Series[] }>("GET", `${observationsPath(workspace)}/series`, undefined, signal))
        .items,
  });
