import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { workspacePath } from "./queries";
import type { components } from "./schema.gen";
import type { Filter, Page } from "./types";

// Goals as the server answers them. Texts are in the asker's language; numbers in the metric's unit.

type Schemas = components["schemas"];
/** The server's description, with filters as the query API takes them. */
type Filtered<T> = Omit<T, "filters"> & { filters: Filter[] };

export type Unit = Schemas["GoalUnit"];
export type UnitKind = Schemas["UnitKind"];
export type Better = Schemas["Better"];
export type GoalStatus = Schemas["GoalStatus"];
/** How a part of the objective tree stands. */
export type Health = Schemas["Health"];
export type CountingKind = Schemas["CountingKind"];
export type TargetKind = Schemas["TargetKind"];
export type Level = Schemas["VerdictLevel"];
export type Verdict = Schemas["GoalVerdict"];
export type GoalWords = Required<Schemas["WordsBody"]>;
export type SparkPoint = Schemas["GoalSparkPoint"];
export type GoalSummary = Filtered<Schemas["GoalSummary"]>;
export type Outlook = Schemas["GoalOutlook"];

type Driver = Omit<Schemas["GoalDriver"], "filter"> & { filter: Filter | null };
export type DriverRow = Driver;
export type DriverDimension = Omit<Schemas["GoalDriverDimension"], "rows"> & { rows: Driver[] };
/** What explains most of a change. */
export type Reason = Schemas["GoalReason"];
export type Drivers = Omit<Schemas["GoalDrivers"], "dimensions"> & { dimensions: DriverDimension[] };

export type Milestone = Schemas["MilestoneBody"];
export type MilestoneState = Milestone["state"];

export const WORK_KINDS = ["campaign", "experiment", "content", "post", "task"] as const;
export type WorkKind = Schemas["WorkKind"];
export type Work = Schemas["WorkBody"];

export const RESOURCE_KINDS = ["budget", "people", "tools"] as const;
export type ResourceKind = Schemas["ResourceKind"];
export type Resource = Schemas["ResourceBody"];

/** What is planned and spent of a kind, in one unit. */
export type ResourceTotal = Schemas["ResourceTotal"];

export type Decision = Schemas["ReviewDecision"];
export type NextStep = Schemas["ReviewStep"];
export type Review = Schemas["ReviewBody"];
export type Annotation = Schemas["AnnotationBody"];

export type GoalEntry = Schemas["GoalEntry"];
export type GoalDetail = Omit<Filtered<Schemas["GoalDetail"]>, "drivers" | "words"> & {
  drivers: Drivers | null;
  words: GoalWords;
};

const items =
  <T>(path: string) =>
  async ({ signal }: { signal: AbortSignal }) =>
    (await call<Page<T>>("GET", path, undefined, signal)).items;

export const goalPath = (workspace: string, goal: string) => `${workspacePath(workspace)}/goals/${goal}`;

export const goalsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "goals"],
    queryFn: items<GoalSummary>(`${workspacePath(workspace)}/goals`),
  });

export const goalQuery = (workspace: string, goal: string) =>
  queryOptions({
    queryKey: [workspace, "goals", goal],
    queryFn: ({ signal }) => call<GoalDetail>("GET", goalPath(workspace, goal), undefined, signal),
  });

export const driversQuery = (workspace: string, goal: string, from?: string, to?: string) =>
  queryOptions({
    queryKey: [workspace, "goals", goal, "drivers", from, to],
    queryFn: ({ signal }) =>
      call<Drivers | null>(
        "GET",
        `${goalPath(workspace, goal)}/drivers${from && to ? `?from=${from}&to=${to}` : ""}`,
        undefined,
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

export type CalibrationBin = Schemas["CalibrationBin"];
export type Calibration = Schemas["Calibration"];
export const calibrationQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "calibration"],
    queryFn: ({ signal }) =>
      call<Calibration>("GET", `${workspacePath(workspace)}/calibration`, undefined, signal),
  });

export type ObjectiveNode = Filtered<Schemas["ObjectiveBody"]>;
export const objectivesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "objectives"],
    queryFn: items<ObjectiveNode>(`${workspacePath(workspace)}/objectives`),
  });

export type Template = Schemas["TemplateBody"];
export const templatesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "templates"],
    queryFn: items<Template>(`${workspacePath(workspace)}/templates`),
    staleTime: 300_000,
  });

/** What a review begins with. */
export type Prepared = Schemas["ReviewPrepared"];
export const preparedQuery = (workspace: string, goal: string) =>
  queryOptions({
    queryKey: [workspace, "goals", goal, "prepared"],
    queryFn: ({ signal }) =>
      call<Prepared>("GET", `${goalPath(workspace, goal)}/reviews/prepared`, undefined, signal),
  });

/** Where in the sentence a part stands, in bytes of its UTF-8. */
export type Span = Schemas["ReadSpan"];
export type Question = Schemas["ReadQuestion"];
/** A length of time over which a target is meant again and again. */
export type Per = Schemas["Per"];
/** What a sentence proposes. */
export type Reading = Filtered<Schemas["GoalProposal"]>;

/** A goal as it is asked for. */
export interface GoalDraft {
  name: string;
  site_id: string;
  metric: string;
  filters: Filter[];
  /** As usual for the metric when it is not chosen; of a direction, as the target goes. */
  counting: { kind: CountingKind; threshold: number | null } | null;
  better: Better | null;
  target_kind: TargetKind;
  target_input: number;
  start_date: string;
  deadline: string;
  owner_id: string | null;
  objective_id: string | null;
  value_per_unit: number | null;
  /** Where it stands today, as the person said. */
  stated_baseline: number | null;
  words: GoalWords;
}

/** What the server finds about a draft. */
export type GoalPreview = Schemas["GoalPreview"];

/** A metric's values, day by day. */
export const metricValuesQuery = (
  workspace: string,
  metric: string,
  asked: { site_id: string; from: string; to: string; filters: Filter[] },
) =>
  queryOptions({
    queryKey: [workspace, "metric-values", metric, asked],
    queryFn: async ({ signal }) => {
      const { filters, ...rest } = asked;
      const query = new URLSearchParams({ ...rest, filters: JSON.stringify(filters) });
      const path = `${workspacePath(workspace)}/metrics/${metric}/values?${query}`;
      type Days = { days: { date: string; value: number | null }[] };
      return (await call<Days>("GET", path, undefined, signal)).days;
    },
    retry: false,
  });

/** What the server finds about a draft. */
export const previewGoal = (workspace: string, draft: GoalDraft, signal: AbortSignal) =>
  call<GoalPreview>("POST", `${workspacePath(workspace)}/goals/preview`, draft, signal);

/** Takes a sentence apart. */
export const readSentence = (
  workspace: string,
  asked: { sentence: string; site_id: string | undefined },
  signal: AbortSignal,
) => call<Reading>("POST", `${workspacePath(workspace)}/goals/read`, asked, signal);
