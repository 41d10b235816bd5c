import type { GoalDetail, GoalPreview, GoalSummary, ObjectiveNode, Unit } from "./goals";
import type { Filter, Letter } from "./types";

// A server may answer a goal without its outlook: the goal, its path and how far it is. These bring such an
// answer into the shape of the whole one, with everything that was not computed left empty.

interface Plain {
  id: string;
  version: number;
  name: string;
  sentence: string;
  site_id: string;
  metric: string;
  filters: Filter[];
  kind: "total" | "level";
  currency?: string | null;
  baseline_value: number;
  baseline_from: string;
  baseline_to: string;
  target_kind: "absolute" | "percent";
  target_input: number;
  target_value: number;
  start_date: string;
  deadline: string;
  owner_id?: string | null;
  objective_id?: string | null;
  words: GoalDetail["words"];
  created_at: string;
  updated_at: string;
  progress: Omit<GoalSummary["progress"], "actual" | "trouble"> & {
    actual?: number | null;
    trouble?: string | null;
  };
  path: { date: string; expected: number; actual?: number | null }[];
}

const SHARES = ["bounce_rate", "conversion_rate", "scroll_depth", "percentage"];
const MONEY = ["total_revenue", "average_revenue"];
const DURATIONS = ["visit_duration", "time_on_page"];

/** What the query API's metrics are counted in. */
export function unitOfMetric(metric: string, currency?: string | null): Unit {
  if (MONEY.includes(metric)) return { kind: "money", currency: currency ?? null };
  if (SHARES.includes(metric)) return { kind: "share", currency: null };
  if (DURATIONS.includes(metric)) return { kind: "duration", currency: null };
  return { kind: metric === "views_per_visit" ? "score" : "count", currency: null };
}

const betterOfMetric = (metric: string) => (metric === "bounce_rate" ? "less" : "more");

/** Most points that a small picture is drawn from. */
const MOST = 60;

/** The goal of an answer, whole. */
export function wholeGoal(body: GoalDetail | Plain): GoalDetail {
  if ("unit" in body) return body;
  const every = Math.ceil(body.path.length / MOST);
  const path = body.path.map(({ date, expected, actual }) => ({
    date,
    expected,
    actual: actual ?? null,
    day_value: null,
  }));
  return {
    id: body.id,
    version: body.version,
    name: body.name,
    sentence: body.sentence,
    site_id: body.site_id,
    metric: body.metric,
    metric_name: body.metric,
    unit: unitOfMetric(body.metric, body.currency),
    better: betterOfMetric(body.metric),
    filters: body.filters,
    counting: { kind: body.kind === "total" ? "sum" : "mean", threshold: null },
    baseline: { value: body.baseline_value, from: body.baseline_from, to: body.baseline_to, days: 1 },
    target: { kind: body.target_kind, input: body.target_input, value: body.target_value },
    start_date: body.start_date,
    deadline: body.deadline,
    owner_id: body.owner_id ?? null,
    objective_id: body.objective_id ?? null,
    created_at: body.created_at,
    updated_at: body.updated_at,
    progress: {
      ...body.progress,
      actual: body.progress.actual ?? null,
      trouble: body.progress.trouble ?? null,
    },
    probability: null,
    gap_text: null,
    verdict_text: "",
    spark: path.filter((_, index) => index % every === 0 || index === path.length - 1),
    worst_verdict: null,
    computed_at: null,
    words: body.words,
    value_per_unit: null,
    outlook: null,
    path,
    course: [],
    drivers: null,
    verdicts: [],
    milestones: [],
    work: [],
    resources: [],
    reviews: [],
    review: { rhythm: null, next_day: null, late_days: 0 },
    annotations: [],
    observations: null,
    plain: true,
  };
}

interface PlainPreview {
  sentence: string;
  kind: "total" | "level";
  baseline: { value: number; from: string; to: string; days?: number };
  target_value: number;
  currency?: string | null;
  expected_path: { date: string; value: number }[];
  checks: { letter: string; code: string; ok: boolean; text: string }[];
}

/** The preview of a draft, whole. */
export function wholePreview(
  body: GoalPreview | PlainPreview,
  draft: { metric: string; target_kind: GoalPreview["target"]["kind"]; target_input: number },
): GoalPreview {
  if ("verdicts" in body) return body;
  return {
    sentence: body.sentence,
    metric: {
      key: draft.metric,
      name: draft.metric,
      unit: unitOfMetric(draft.metric, body.currency),
      better: betterOfMetric(draft.metric),
      observed: false,
    },
    counting: { kind: body.kind === "total" ? "sum" : "mean", threshold: null },
    baseline: { ...body.baseline, days: body.baseline.days ?? 1 },
    target: { kind: draft.target_kind, input: draft.target_input, value: body.target_value },
    outlook: null,
    path: body.expected_path.map(({ date, value }) => ({ date, expected: value })),
    verdicts: body.checks.map(({ letter, code, ok, text }) => ({
      letter: letter as Letter,
      level: ok ? ("ok" as const) : ("warning" as const),
      code,
      text,
    })),
  };
}

/** A node of the tree, whole: where only objectives are known, each stands at the top. */
export function wholeNode(
  body: Partial<ObjectiveNode> & Pick<ObjectiveNode, "id" | "name">,
  position: number,
): ObjectiveNode {
  return {
    description: "",
    kind: "objective",
    parent_id: null,
    weight: 1,
    metric: null,
    filters: [],
    outcome_metric: null,
    owner_id: null,
    standing: { health: "unknown", reason: null, children: 0 },
    position,
    ...body,
  };
}
