import type { TFunction } from "i18next";
import type { Formula, Metric, Part } from "@/api/dictionary";
import type { Formatter } from "@/ui/format";
import { filterText, metricName } from "@/ui/words";

// What a formula says, as a person would.

const isolated = (text: string) => `\u2068${text}\u2069`;

function valueText(t: TFunction, value: string | undefined): string {
  if (value === "revenue" || value === "visitor" || value === "visit") return t(`dictionary.values.${value}`);
  return isolated((value ?? "").replace(/^props:/, ""));
}

function partText(t: TFunction, f: Formatter, part: Part, named: (series: string) => string): string {
  const percentile = /^p(\d+)$/.exec(part.function)?.[1];
  const made = percentile ? "percentile" : part.function;
  const name =
    part.observations === undefined
      ? part.events === "*"
        ? t("dictionary.anyEvent")
        : isolated(part.events ?? "")
      : isolated(named(part.observations));
  const of = part.observations === undefined ? "events" : "readings";
  const carried = of === "events" && made === "count" && part.value ? "counted" : made;
  return t(`dictionary.said.${of}.${carried}` as "dictionary.said.events.sum", {
    name,
    value: valueText(t, part.value),
    n: f.number(Number(percentile ?? 50)),
    ...spread(t, f, part.filters),
  });
}

/** Filters after a dash; nothing without any. */
const spread = (t: TFunction, f: Formatter, filters: Part["filters"]) => ({
  filters: (filters ?? []).map((filter) => ` · ${filterText(t, f, filter)}`).join(""),
});

/** A formula in words: "Median of revenue of “purchase” · Channel is Email". */
export function formulaText(t: TFunction, f: Formatter, formula: Formula, metrics: Metric[] = []): string {
  const named = (series: string) => metrics.find(({ key }) => key === series)?.name ?? series;
  switch (formula.kind) {
    case "query":
      return `${metricName(t, formula.metric)}${spread(t, f, formula.filters).filters}`;
    case "aggregate":
      return partText(t, f, formula, named);
    case "ratio": {
      const parts = {
        above: partText(t, f, formula.numerator, named),
        below: partText(t, f, formula.denominator, named),
      };
      const scale = formula.scale && formula.scale !== 1 ? ` × ${f.number(formula.scale, 3)}` : "";
      return `${t(formula.complement ? "dictionary.said.complement" : "dictionary.said.ratio", parts)}${scale}`;
    }
    case "funnel": {
      const steps = formula.steps.map(({ page, event }) => isolated(page ?? event ?? ""));
      const reached = formula.step ?? steps.length;
      return t("dictionary.said.funnel", {
        steps: steps.slice(0, reached).join(t("dictionary.next")),
        first: steps[0] ?? "",
        ...spread(t, f, formula.filters),
      });
    }
    case "sql":
      return `SQL${spread(t, f, formula.filters).filters}`;
  }
}
