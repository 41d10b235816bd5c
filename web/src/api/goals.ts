import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { workspacePath } from "./queries";
import type { Filter, Letter, Page } from "./types";

// Goals as the server answers them. Texts are in the asker's language; numbers in the metric's unit.

export type UnitKind = "count" | "share" | "money" | "duration" | "rank" | "score";
export interface Unit {
  kind: UnitKind;
  currency: string | null;
}
export type Better = "more" | "less";
export type GoalStatus = "not_started" | "on_track" | "behind" | "ahead" | "reached" | "missed" | "unknown";
/** How a part of the objective tree stands. */
export type Health = "off_track" | "at_risk" | "on_track" | "done" | "unknown";
/** The sum of the last days up to the deadline: what a number for each month means. */
export type RollingKind = "last_7_days" | "last_30_days" | "last_91_days" | "last_365_days";
export type CountingKind = "sum" | RollingKind | "end_level" | "mean" | "ratio" | "weeks";
export type TargetKind = "absolute" | "percent" | "change";
export type Ambition = "sandbag" | "sound" | "moonshot";
export type Level = "ok" | "advice" | "warning";

export interface Verdict {
  letter: Letter;
  level: Level;
  code: string;
  text: string;
}

export interface GoalWords {
  specific: string;
  measurable: string;
  achievable: string;
  relevant: string;
  time_bound: string;
}

export interface SparkPoint {
  date: string;
  actual: number | null;
  expected: number;
}

export interface Progress {
  status: GoalStatus;
  actual: number | null;
  /** Not known before the first figures. */
  expected: number | null;
  progress_share: number;
  expected_share: number;
  days_left: number;
  days_total: number;
  as_of: string;
  trouble: string | null;
}

export interface GoalSummary {
  id: string;
  version: number;
  name: string;
  sentence: string;
  site_id: string;
  metric: string;
  metric_name: string;
  unit: Unit;
  better: Better;
  filters: Filter[];
  counting: { kind: CountingKind; threshold: number | null };
  baseline: { value: number; from: string; to: string; days: number };
  target: { kind: TargetKind; input: number; value: number };
  start_date: string;
  deadline: string;
  owner_id: string | null;
  objective_id: string | null;
  created_at: string;
  updated_at: string;
  progress: Progress;
  probability: number | null;
  gap_text: string | null;
  verdict_text: string;
  spark: SparkPoint[];
  /** Why it is off course, where something fell. */
  reason: Reason | null;
  worst_verdict: Verdict | null;
  computed_at: string | null;
}

export interface FanPoint {
  date: string;
  expected: number;
  low: number;
  high: number;
  lowest: number;
  highest: number;
}

export interface Outlook {
  day: string;
  probability: number;
  low: number;
  high: number;
  expected: number;
  p80: number;
  p50: number;
  p20: number;
  ambition: Ambition;
  gap: number;
  gap_money: string | null;
  gap_text: string;
  required: { needed: number; usual: number; text: string };
  pace: number | null;
  skill: { model: string; mase: number | null; coverage80: number | null };
  fan: FanPoint[];
}

export interface PathPoint {
  date: string;
  expected: number;
  actual: number | null;
  day_value: number | null;
}

export interface DriverRow {
  value: string | null;
  label: string;
  expected: number;
  actual: number;
  change: number;
  share: number;
  chosen: boolean;
  filter: Filter | null;
}
export interface DriverDimension {
  name: string;
  label: string;
  explained: number;
  rows: DriverRow[];
}
/** What explains most of a change. */
export interface Reason {
  dimension: string;
  /** The dimension in a word. */
  label: string;
  value: string;
  /** Of the change, at most 1. */
  share: number;
  expected: number;
  actual: number;
}
export interface Drivers {
  from: string;
  to: string;
  expected: number;
  actual: number;
  change: number;
  text: string;
  reason: Reason | null;
  dimensions: DriverDimension[];
}

export type MilestoneState = "upcoming" | "near" | "met" | "met_late" | "missed";
export interface Milestone {
  id: string;
  name: string;
  date: string;
  value: number | null;
  state: MilestoneState;
  cut: "hand" | "season";
  met_on: string | null;
}

export const WORK_KINDS = ["campaign", "experiment", "content", "post", "task"] as const;
export type WorkKind = (typeof WORK_KINDS)[number];
export interface Work {
  id: string;
  name: string;
  kind: WorkKind;
  start_date: string;
  end_date: string;
  done_on: string | null;
  owner_id: string | null;
  url: string;
  note: string;
}

export const RESOURCE_KINDS = ["budget", "people", "tools"] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];
export interface Resource {
  id: string;
  kind: ResourceKind;
  name: string;
  month: string | null;
  planned: number;
  spent: number;
  unit: string;
}

/** What is planned and spent of a kind, in one unit. */
export type ResourceTotal = Pick<Resource, "kind" | "unit" | "planned" | "spent">;

export interface Decision {
  text: string;
  decided_on: string;
  effect: { text: string; clear: boolean } | null;
}
export interface NextStep {
  text: string;
  done: boolean;
}
export interface Review {
  id: string;
  day: string;
  changes: string[];
  learned: string;
  decisions: Decision[];
  next_steps: NextStep[];
  ratings: number[] | null;
  by: string | null;
}

export interface Annotation {
  id: string;
  date: string;
  /** The last day; null for a single one. */
  until: string | null;
  /** Why figures of these days are not as usual. */
  known_cause: boolean;
  text: string;
}

/** What is written down for a goal on observations, at each of its places. */
export interface GoalEntry {
  series: string;
  places: {
    dimensions: Record<string, string>;
    last: { day: string; value: number } | null;
    every_days: number;
    due: boolean;
  }[];
  /** Of the place that waits longest. */
  last: { day: string; value: number } | null;
  every_days: number;
  due: boolean;
}

export interface GoalDetail extends GoalSummary {
  words: GoalWords;
  value_per_unit: number | null;
  stated_baseline: number | null;
  outlook: Outlook | null;
  path: PathPoint[];
  course: { date: string; probability: number; expected: number }[];
  drivers: Drivers | null;
  verdicts: Verdict[];
  milestones: Milestone[];
  work: Work[];
  resources: Resource[];
  resource_totals: ResourceTotal[];
  reviews: Review[];
  review: { rhythm: string | null; next_day: string | null; late_days: number };
  annotations: Annotation[];
  observations: GoalEntry | null;
}

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

export interface CalibrationBin {
  from: number;
  to: number;
  count: number;
  forecast: number;
  reached: number | null;
}
export interface Calibration {
  count: number;
  brier: number | null;
  reference: number | null;
  skill: number | null;
  error: number | null;
  bins: CalibrationBin[];
}
export const calibrationQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "calibration"],
    queryFn: ({ signal }) =>
      call<Calibration>("GET", `${workspacePath(workspace)}/calibration`, undefined, signal),
  });

export interface ObjectiveNode {
  id: string;
  name: string;
  description: string;
  kind: "objective" | "kpi";
  parent_id: string | null;
  weight: number;
  metric: string | null;
  filters: Filter[];
  outcome_metric: string | null;
  owner_id: string | null;
  standing: { health: Health; reason: string | null; children: number };
  position: number;
}
export const objectivesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "objectives"],
    queryFn: items<ObjectiveNode>(`${workspacePath(workspace)}/objectives`),
  });

export interface Template {
  key: string;
  set: "business" | "company_to_social";
  name: string;
  objectives: {
    name: string;
    outcome: string;
    outcome_name: string;
    kpis: { metric: string; name: string; percent: number; months: number; observed: boolean }[];
  }[];
}
export const templatesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "templates"],
    queryFn: items<Template>(`${workspacePath(workspace)}/templates`),
    staleTime: 300_000,
  });

/** What a review begins with. */
export interface Prepared {
  day: string;
  since: string | null;
  changes: string[];
  /** What a team rates from 1 to 5. */
  statements: { code: string; text: string }[];
  open_steps: NextStep[];
}
export const preparedQuery = (workspace: string, goal: string) =>
  queryOptions({
    queryKey: [workspace, "goals", goal, "prepared"],
    queryFn: ({ signal }) =>
      call<Prepared>("GET", `${goalPath(workspace, goal)}/reviews/prepared`, undefined, signal),
  });

/** Where in the sentence a part stands, in bytes of its UTF-8; empty when it was assumed. */
export interface Span {
  start: number;
  end: number;
}
export interface ReadPart<T> {
  value: T;
  confidence: "assumed" | "likely" | "said";
  span: Span;
}
export interface Question {
  code: string;
  text: string;
  options: string[];
}
/** A length of time over which a target is meant again and again. */
export type Per = "day" | "week" | "month" | "quarter" | "year";

/** What a sentence proposes. */
export interface Reading {
  metric: ReadPart<string> | null;
  direction: ReadPart<Better> | null;
  segments: ReadPart<{ dimension: string; value: string }>[];
  target: ReadPart<{
    aim: "value" | "change" | "percent" | "points";
    number: number;
    per: Per | null;
    /** As a goal takes it. */
    kind: TargetKind;
    input: number;
    /** Of a number for each month, say: the last days that are counted. */
    counting: RollingKind | null;
  }> | null;
  baseline: ReadPart<number> | null;
  /** The baseline, counted as the target is. */
  stated_baseline: number | null;
  start: ReadPart<string> | null;
  deadline: ReadPart<string> | null;
  questions: Question[];
  unread: string[];
}

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
export interface GoalPreview {
  sentence: string;
  metric: { key: string; name: string; unit: Unit; better: Better; observed: boolean };
  better: Better;
  counting: { kind: CountingKind; threshold: number | null };
  baseline: GoalSummary["baseline"];
  target: GoalSummary["target"];
  outlook: Outlook | null;
  path: { date: string; expected: number }[];
  verdicts: Verdict[];
  /** Where its figure is entered; null for a goal on events. */
  observations: GoalEntry | null;
}

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
