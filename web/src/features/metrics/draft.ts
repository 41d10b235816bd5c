import type { Formula, Part, Step } from "@/api/dictionary";
import type { UnitKind } from "@/api/goals";
import type { Filter } from "@/api/types";
import type { MetricName } from "@/ui/metrics";

// A formula while it is being made by choices.

export const WHATS = ["query", "events", "readings", "ratio", "funnel", "sql"] as const;
export type What = (typeof WHATS)[number];

export const OF_EVENTS = ["count", "sum", "mean", "median", "percentile", "distinct"] as const;
export const OF_READINGS = [
  "last",
  "change",
  "sum",
  "mean",
  "median",
  "percentile",
  "count",
  "distinct",
] as const;
export type FunctionName = (typeof OF_EVENTS)[number] | (typeof OF_READINGS)[number];

export interface PartDraft {
  of: "events" | "readings";
  /** The event or the series. */
  name: string;
  function: FunctionName;
  percentile: number;
  /** What of an event. */
  value: string;
  filters: Filter[];
}

export interface StepDraft {
  kind: "page" | "event";
  text: string;
}

export interface FormulaDraft {
  what: What;
  metric: string;
  part: PartDraft;
  above: PartDraft;
  below: PartDraft;
  scale: number;
  complement: boolean;
  steps: StepDraft[];
  /** The step that is reached, from 2; the last one when `null`. */
  step: number | null;
  expression: string;
  filters: Filter[];
}

/** Figures of visits that the query API counts. */
export const QUERIED = [
  "visitors",
  "visits",
  "pageviews",
  "events",
  "conversion_rate",
  "total_revenue",
  "average_revenue",
  "views_per_visit",
  "bounce_rate",
  "engaged_visits",
  "engagement_rate",
  "visit_duration",
  "scroll_depth",
  "time_on_page",
] as const satisfies MetricName[];

export const FEWEST_STEPS = 2;
export const MOST_STEPS = 10;

const part = (of: PartDraft["of"], change: Partial<PartDraft> = {}): PartDraft => ({
  of,
  name: "",
  function: of === "events" ? "count" : "last",
  percentile: 90,
  value: "",
  filters: [],
  ...change,
});

export const blankFormula = (): FormulaDraft => ({
  what: "events",
  metric: "visits",
  part: part("events"),
  above: part("events"),
  below: part("events", { name: "*", function: "distinct", value: "visit" }),
  scale: 100,
  complement: false,
  steps: [
    { kind: "page", text: "" },
    { kind: "event", text: "" },
  ],
  step: null,
  expression: "",
  filters: [],
});

/** The part after its subject became another: what the other kind cannot do is dropped. */
export function turned(before: PartDraft, of: PartDraft["of"]): PartDraft {
  if (before.of === of) return before;
  return part(of);
}

const asPart = (draft: PartDraft): Part => ({
  ...(draft.of === "events" ? { events: draft.name.trim() } : { observations: draft.name.trim() }),
  function: draft.function === "percentile" ? `p${draft.percentile}` : draft.function,
  // A number of events may be of those that carry a value.
  ...(draft.of === "events" && draft.value.trim() ? { value: draft.value.trim() } : {}),
  filters: draft.filters,
});

/** The formula that the choices stand for. */
export function formulaOf(draft: FormulaDraft): Formula {
  const { filters } = draft;
  switch (draft.what) {
    case "query":
      return { kind: "query", metric: draft.metric, filters };
    case "ratio":
      return {
        kind: "ratio",
        numerator: asPart(draft.above),
        denominator: asPart(draft.below),
        scale: draft.scale,
        complement: draft.complement,
      };
    case "funnel": {
      const steps = draft.steps.map(({ kind, text }): Step => ({ [kind]: text.trim() }));
      return { kind: "funnel", steps, step: draft.step ?? steps.length, filters };
    }
    case "sql":
      return { kind: "sql", expression: draft.expression.trim(), filters };
    default:
      return { kind: "aggregate", ...asPart(draft.part) };
  }
}

function asDraft(from: Part): PartDraft {
  const of = from.observations === undefined ? "events" : "readings";
  const percentile = /^p(\d+)$/.exec(from.function)?.[1];
  return part(of, {
    name: from.events ?? from.observations ?? "",
    function: percentile ? "percentile" : (from.function as FunctionName),
    percentile: percentile ? Number(percentile) : 90,
    value: from.value ?? "",
    filters: from.filters ?? [],
  });
}

/** The choices that a formula stands for. */
export function draftOf(formula: Formula): FormulaDraft {
  const blank = blankFormula();
  switch (formula.kind) {
    case "query":
      return { ...blank, what: "query", metric: formula.metric, filters: formula.filters ?? [] };
    case "ratio":
      return {
        ...blank,
        what: "ratio",
        above: asDraft(formula.numerator),
        below: asDraft(formula.denominator),
        scale: formula.scale ?? 1,
        complement: formula.complement ?? false,
      };
    case "funnel": {
      const steps = formula.steps.map(
        (step): StepDraft =>
          step.page === undefined
            ? { kind: "event", text: step.event ?? "" }
            : { kind: "page", text: step.page },
      );
      const step = formula.step && formula.step < steps.length ? formula.step : null;
      return { ...blank, what: "funnel", steps, step, filters: formula.filters ?? [] };
    }
    case "sql":
      return { ...blank, what: "sql", expression: formula.expression, filters: formula.filters ?? [] };
    default: {
      const of = asDraft(formula);
      return { ...blank, what: of.of, part: of };
    }
  }
}

const isPartWhole = ({ of, name, function: made, value }: PartDraft) =>
  Boolean(name.trim()) && (of === "readings" || made === "count" || Boolean(value.trim()));

/** Whether there is enough to ask the server what it gives. */
export function isWhole(draft: FormulaDraft): boolean {
  switch (draft.what) {
    case "query":
      return Boolean(draft.metric);
    case "ratio":
      return isPartWhole(draft.above) && isPartWhole(draft.below) && draft.scale > 0;
    case "funnel":
      return draft.steps.every(({ text }) => text.trim());
    case "sql":
      return Boolean(draft.expression.trim());
    default:
      return isPartWhole(draft.part);
  }
}

const UNITS: Record<string, UnitKind> = {
  bounce_rate: "share",
  engagement_rate: "share",
  conversion_rate: "share",
  scroll_depth: "share",
  visit_duration: "duration",
  time_on_page: "duration",
  total_revenue: "money",
  average_revenue: "money",
};

/** The unit that such a formula usually has. */
export function usualUnit(draft: FormulaDraft): UnitKind {
  const isMoney = ({ of, function: made, value }: PartDraft) =>
    of === "events" && value === "revenue" && made !== "count" && made !== "distinct";
  switch (draft.what) {
    case "query":
      return UNITS[draft.metric] ?? "count";
    case "ratio":
      if (draft.scale === 100) return "share";
      return isMoney(draft.above) && !isMoney(draft.below) ? "money" : "count";
    case "funnel":
      return "share";
    case "sql":
      return "count";
    default:
      return isMoney(draft.part) ? "money" : "count";
  }
}

/** A key from a name: its Latin letters and digits, with another one where they are taken or none. */
export function keyFrom(name: string, taken: string[]): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 50);
  const base = plain.length >= 2 ? plain : "metric";
  if (!taken.includes(base)) return base;
  let number = 2;
  while (taken.includes(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

/** Fields of the server's answer that stand beside a field of the form. */
export const isPlaced = (draft: FormulaDraft, field: string): boolean => {
  const parts = draft.what === "ratio" ? ["formula.numerator", "formula.denominator"] : ["formula"];
  const ends = parts.flatMap((at) => [`${at}.function`, `${at}.value`, `${at}.filters`]);
  const own = ["formula.metric", "formula.scale", "formula.steps", "formula.step", "formula.expression"];
  return (
    parts.includes(field) ||
    [...ends, ...own, "formula.filters"].some((end) => field === end || field.startsWith(`${end}[`))
  );
};
