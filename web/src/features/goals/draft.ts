import type { Better, CountingKind, GoalDetail, GoalDraft, GoalWords, TargetKind } from "@/api/goals";
import type { Filter, Letter } from "@/api/types";
import { addDays, daysBetween } from "@/ui/format";
import { needsConversion } from "@/ui/metrics";

// A goal while it is being taken apart: what is still open, and what it would be sent as.

export interface Draft {
  name: string;
  site_id: string;
  metric: string | null;
  filters: Filter[];
  /** As usual for the metric while nobody chose. */
  counting: GoalDraft["counting"];
  better: Better | null;
  target_kind: TargetKind;
  target_input: number | null;
  start_date: string | null;
  deadline: string | null;
  owner_id: string | null;
  objective_id: string | null;
  value_per_unit: number | null;
  stated_baseline: number | null;
  words: GoalWords;
}

/** What another metric does not take over: how this one was counted, and where it stood. */
export const ofMetric = { counting: null, better: null, stated_baseline: null } as const;

/** The ways in which what adds up may be counted: all days, or the last ones. */
export const SUMS = ["sum", "last_7_days", "last_30_days", "last_91_days"] as const;
export const isSum = (kind: CountingKind): boolean => kind === "sum" || kind.startsWith("last_");

export const LETTERS: Letter[] = ["S", "M", "A", "R", "T"];

export const WORD: Record<Letter, keyof GoalWords> = {
  S: "specific",
  M: "measurable",
  A: "achievable",
  R: "relevant",
  T: "time_bound",
};

export function newDraft(site: string, owner: string, today: string): Draft {
  return {
    name: "",
    site_id: site,
    metric: null,
    filters: [],
    ...ofMetric,
    target_kind: "percent",
    target_input: null,
    start_date: today,
    deadline: addMonths(today, 3),
    owner_id: owner,
    objective_id: null,
    value_per_unit: null,
    words: { specific: "", measurable: "", achievable: "", relevant: "", time_bound: "" },
  };
}

export const draftOf = (goal: GoalDetail): Draft => ({
  name: goal.name,
  site_id: goal.site_id,
  metric: goal.metric,
  filters: goal.filters,
  counting: isSum(goal.counting.kind) ? goal.counting : null,
  better: goal.better,
  target_kind: goal.target.kind,
  target_input: goal.target.input,
  start_date: goal.start_date,
  deadline: goal.deadline,
  owner_id: goal.owner_id,
  objective_id: goal.objective_id,
  value_per_unit: goal.value_per_unit,
  stated_baseline: goal.stated_baseline,
  words: { ...goal.words },
});

const isConversion = ([operator, dimension]: Filter) => operator === "is" && dimension === "event:goal";

/** The filters that name a conversion, and those that name a segment. */
export const conversionsIn = (filters: Filter[]): Filter[] => filters.filter(isConversion);
export const segmentIn = (filters: Filter[]): Filter[] => filters.filter((filter) => !isConversion(filter));

/** Whether a letter says enough for the goal to be computed. Words are the person's to give or not. */
export function isComplete(draft: Draft, letter: Letter): boolean {
  switch (letter) {
    case "S":
    case "M":
      return (
        draft.metric !== null && (!needsConversion(draft.metric) || conversionsIn(draft.filters).length > 0)
      );
    case "A":
      return draft.target_input !== null && (draft.target_kind === "absolute" || draft.target_input !== 0);
    case "R":
      return true;
    case "T":
      return Boolean(draft.start_date && draft.deadline && draft.start_date < draft.deadline);
  }
}

export const openLetters = (draft: Draft): Letter[] => LETTERS.filter((letter) => !isComplete(draft, letter));

/**
 * The draft as the server takes it, or `null` while too little is known. Without a target yet, one
 * is assumed, so that the baseline can be shown first: what that answer says of the target means nothing.
 * `usual` is the metric's direction, which holds while nobody chose another one.
 */
export function sendable(draft: Draft, usual: Better | null = null): GoalDraft | null {
  const { metric, start_date, deadline } = draft;
  if (!metric || !start_date || !deadline || !isComplete(draft, "S") || !isComplete(draft, "T")) return null;
  const target = isComplete(draft, "A") ? draft.target_input : null;
  const better = draft.better ?? usual;
  return {
    ...draft,
    metric,
    start_date,
    deadline,
    better,
    target_kind: target === null ? "percent" : draft.target_kind,
    target_input: target ?? (better === "less" ? -10 : 10),
  };
}

/** How many days the goal has, its first and last included. */
export const lengthOf = (draft: Draft): number =>
  draft.start_date && draft.deadline ? daysBetween(draft.start_date, draft.deadline) + 1 : 0;

/** The day `months` later, one day earlier: three months from 1 January end on 31 March. */
export function addMonths(date: string, months: number): string {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const at = new Date(Date.UTC(year, month - 1 + months, 1));
  const longest = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(day, longest));
  return addDays(at.toISOString().slice(0, 10), -1);
}

export function quarterEnd(date: string): string {
  const [year = 0, month = 1] = date.split("-").map(Number);
  const last = Math.ceil(month / 3) * 3;
  return new Date(Date.UTC(year, last, 0)).toISOString().slice(0, 10);
}
