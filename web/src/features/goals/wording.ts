import type { TFunction } from "i18next";
import type { Goal, GoalKind } from "@/api/types";
import type { Formatter } from "@/ui/format";
import { unitOf } from "@/ui/metrics";
import { differenceText, metricCounted, metricName, segmentText, slots } from "@/ui/words";

/** A piece of the sentence: plain text, or a slot that a letter of SMART fills. */
export interface Piece {
  text: string;
  letter?: "S" | "M" | "A" | "T";
  filled?: boolean;
}

export interface SentenceParts {
  kind: GoalKind;
  metric?: string;
  filters: Goal["filters"];
  baseline?: number;
  target?: number;
  deadline?: string;
}

/** Events narrowed to a conversion are conversions. */
export const subjectOf = (metric: string, filters: Goal["filters"]): string =>
  metric === "events" &&
  filters.some(([operator, dimension]) => operator === "is" && dimension === "event:goal")
    ? "conversions"
    : metric;

/** Counts and sums add up from the start; ratios and averages are a level. The server decides the same. */
export const kindOf = (metric: string): GoalKind =>
  ["count", "money"].includes(unitOf(metric)) && metric !== "average_revenue" ? "total" : "level";

/** A goal's sentence in the person's language, cut at what each letter says. */
export function sentencePieces(t: TFunction, f: Formatter, goal: SentenceParts): Piece[] {
  const metric = goal.metric ?? "";
  const open = (slot: "metric" | "target" | "targetCount" | "deadline") => t(`wizard.placeholder.${slot}`);
  const amount = (value: number | undefined) => (value === undefined ? undefined : f.metric(metric, value));
  const parts: Record<string, Piece> = {
    metric: { letter: "S", text: metric ? metricName(t, metric) : open("metric"), filled: Boolean(metric) },
    counted: {
      letter: "S",
      text: metricCounted(t, subjectOf(metric, goal.filters)),
      filled: true,
    },
    segment: { letter: "S", text: segmentText(t, f, goal.filters), filled: true },
    baseline: { letter: "M", text: amount(goal.baseline) ?? "…", filled: goal.baseline !== undefined },
    target: {
      letter: "A",
      text: amount(goal.target) ?? open(metric && unitOf(metric) === "count" ? "targetCount" : "target"),
      filled: goal.target !== undefined,
    },
    deadline: {
      letter: "T",
      text: goal.deadline ? f.date(goal.deadline) : open("deadline"),
      filled: Boolean(goal.deadline),
    },
  };
  // The template with its slots left in: each is drawn on its own.
  const keep = {
    metric: "{{metric}}",
    counted: "{{counted}}",
    segment: "{{segment}}",
    baseline: "{{baseline}}",
    target: "{{target}}",
    deadline: "{{deadline}}",
  };
  const template = !metric
    ? t("goal.sentenceOpen", keep)
    : goal.kind === "total"
      ? t("goal.sentenceTotal", keep)
      : t("goal.sentenceLevel", keep);
  return slots(template).flatMap(({ text, slot }) => {
    const piece = slot ? parts[slot] : { text: text ?? "" };
    return piece?.text ? [piece] : [];
  });
}

export const sentence = (t: TFunction, f: Formatter, goal: Goal): string =>
  sentencePieces(t, f, partsOf(goal))
    .map(({ text }) => text)
    .join("");

export const partsOf = (goal: Goal): SentenceParts => ({
  kind: goal.kind,
  metric: goal.metric,
  filters: goal.filters,
  baseline: goal.baseline_value,
  target: goal.target_value,
  deadline: goal.deadline,
});

/** Where the goal stands, in one sentence. */
export function verdict(t: TFunction, f: Formatter, goal: Goal): string {
  const { status, actual, expected } = goal.progress;
  const amount = (value: number | null) => f.metric(goal.metric, value);
  const words = {
    actual: amount(actual),
    expected: amount(expected),
    gap: differenceText(t, f, goal.metric, (actual ?? 0) - expected),
    target: amount(goal.target_value),
    start: f.date(goal.start_date),
  };
  if (status === "behind") {
    return goal.kind === "total"
      ? t("goal.verdict.behindTotal", words)
      : t("goal.verdict.behindLevel", words);
  }
  return t(`goal.verdict.${status}`, words);
}

/** How the target relates to the baseline: "20 % more than at the pace before it". */
export function comparedWithBaseline(t: TFunction, f: Formatter, goal: Goal): string | null {
  if (goal.kind !== "total" || goal.baseline_value <= 0) return null;
  const share = (goal.target_value / goal.baseline_value - 1) * 100;
  if (Math.abs(share) < 0.5) return null;
  const percent = f.percent(Math.abs(share), Math.abs(share) < 10 ? 1 : 0);
  return share > 0 ? t("goal.more", { percent }) : t("goal.less", { percent });
}

/** What a day must bring from here, and what it brought so far. `null` when that says nothing. */
export function rates(goal: Goal): { needed: number; pace: number } | null {
  const { actual, days_left, days_total, status } = goal.progress;
  const gone = days_total - days_left;
  if (goal.kind !== "total" || days_left <= 0 || gone <= 0 || status === "reached") return null;
  return { needed: Math.max(0, goal.target_value - (actual ?? 0)) / days_left, pace: (actual ?? 0) / gone };
}

/** Whether the goal is still being worked on. */
export const isActive = (goal: Goal): boolean =>
  goal.progress.days_left > 0 && goal.progress.status !== "missed";
