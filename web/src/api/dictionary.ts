import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { workspacePath } from "./queries";
import type { components } from "./schema.gen";

// The dictionary of metrics, and numbers that are read on a day.

type Schemas = components["schemas"];
export type Metric = Schemas["MetricBody"];
export type MetricPreview = Schemas["MetricPreview"];
export type Series = Schemas["ObservedSeriesBody"];
export type CsvAnswer = Schemas["CsvAnswer"];

export const metricsPath = (workspace: string) => `${workspacePath(workspace)}/metrics`;
export const observationsPath = (workspace: string) => `${workspacePath(workspace)}/observations`;

export const metricsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "metrics"],
    queryFn: async ({ signal }) =>
      (await call<{ items: Metric[] }>("GET", metricsPath(workspace), undefined, signal)).items,
  });

export const seriesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "observations", "series"],
    queryFn: async ({ signal }) =>
      (await call<{ items: Series[] }>("GET", `${observationsPath(workspace)}/series`, undefined, signal))
        .items,
  });
