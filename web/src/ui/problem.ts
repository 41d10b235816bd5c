import type { TFunction } from "i18next";
import { type FieldProblem, Problem } from "@/api/client";
import { word } from "./word";

/** What is wrong with a field; the server's English stands in for a code without words. */
export const fieldText = (t: TFunction, { code, detail }: FieldProblem): string =>
  word(t, "problem.fields", code) || detail;

/** A problem in words that say what to do. */
export function problemText(t: TFunction, problem: unknown): string {
  if (!(problem instanceof Problem)) return t("problem.internal");
  if (problem.status === 0) return t("problem.unreachable");
  if (problem.fields.length > 0) return problem.fields.map((field) => fieldText(t, field)).join(" ");
  if (problem.status >= 500) return t("problem.internal");
  return word(t, "problem.codes", problem.code) || problem.detail || t("problem.internal");
}
