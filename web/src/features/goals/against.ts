import type { TFunction } from "i18next";
import type { GoalSummary } from "@/api/goals";
import type { Formatter } from "@/ui/format";

/** How far a goal is from where it should be by now. Empty before it starts. */
export function against(t: TFunction, f: Formatter, { unit, progress }: GoalSummary): string {
  if (progress.actual === null || progress.expected === null || progress.status === "not_started") return "";
  return t("goals.figure.against", {
    gap: f.signed(unit, progress.actual - progress.expected, (n) => t("compare.points", { n })),
    expected: f.amount(unit, progress.expected),
  });
}
