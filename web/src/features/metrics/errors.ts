import type { TFunction } from "i18next";
import { type FieldProblem, Problem } from "@/api/client";
import { fieldText } from "@/ui/problem";

/** A field's mistake in the reader's words; of SQL also the server's, which name the word that is wrong. */
export function errorText(t: TFunction, field: FieldProblem): string {
  const own = t(`dictionary.errors.${field.code}` as "dictionary.errors.key", { defaultValue: "" });
  if (!own) return fieldText(t, field);
  return field.code.startsWith("sql_") && field.code !== "sql_length"
    ? `${own} \u2068${field.detail}\u2069`
    : own;
}

/** What the server says about the fields of a form. */
export class FieldErrors {
  constructor(
    private readonly t: TFunction,
    readonly problem: unknown,
  ) {}

  private get fields() {
    return this.problem instanceof Problem ? this.problem.fields : [];
  }

  /** What is wrong at a place, or at a place within it. */
  at = (place: string): string | undefined => {
    const found = this.fields.find(
      ({ field }) => field === place || field.startsWith(`${place}[`) || field.startsWith(`${place}.`),
    );
    return found && errorText(this.t, found);
  };

  /** What is wrong at exactly this place. */
  exactly = (place: string): string | undefined => {
    const found = this.fields.find(({ field }) => field === place);
    return found && errorText(this.t, found);
  };

  /** What no field of the form shows: the problem itself when it names none, or the rest in words. */
  rest(isPlaced: (field: string) => boolean): unknown {
    if (!(this.problem instanceof Problem) || this.fields.length === 0) return this.problem;
    const rest = this.fields.filter(({ field }) => !isPlaced(field));
    const { status, code, detail } = this.problem;
    return rest.length > 0 ? new Problem(status, code, detail, rest) : null;
  }
}
