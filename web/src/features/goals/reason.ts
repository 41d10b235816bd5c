import type { TFunction } from "i18next";
import type { Drivers, GoalSummary, Reason } from "@/api/goals";
import type { Formatter } from "@/ui/format";
import { valueName } from "@/ui/words";

/** What explains most of a change, in words. */
export const reasonText = (t: TFunction, f: Formatter, unit: GoalSummary["unit"], reason: Reason) =>
  t("goals.drivers.reason", {
    value: valueName(t, f, reason.dimension, reason.value),
    dimension: reason.label,
    share: f.percent(reason.share * 100, 0),
    actual: f.amount(unit, reason.actual),
    expected: f.amount(unit, reason.expected),
  });

/** What moved a goal, in words. */
export const driversText = (t: TFunction, f: Formatter, unit: GoalSummary["unit"], drivers: Drivers) =>
  drivers.reason ? reasonText(t, f, unit, drivers.reason) : drivers.text;
