import type { Metric } from "@/api/dictionary";
import type { Unit } from "@/api/goals";

/** The unit of a series: that of the ready metric of its name, else of the first metric made of it alone. */
export function unitOfSeries(series: string, metrics: Metric[], currency: string): Unit {
  const own = metrics.find(({ key, series: of }) => key === series && of.length === 1);
  const other = metrics.find(({ series: of }) => of.length === 1 && of[0] === series);
  const unit = (own ?? other)?.unit ?? { kind: "count", currency: null };
  return unit.kind === "money" ? { ...unit, currency: unit.currency ?? currency } : unit;
}
