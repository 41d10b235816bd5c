import type { TFunction } from "i18next";
import type { Filter } from "@/api/types";
import type { Formatter } from "./format";
import { unitOf } from "./metrics";
import { word } from "./word";

type Translate = TFunction;

export const metricName = (t: Translate, metric: string): string => word(t, "metric", metric, metric);
export const metricCounted = (t: Translate, metric: string): string =>
  word(t, "metricCounted", metric, metric);
export const metricMeaning = (t: Translate, metric: string): string => word(t, "metricMeaning", metric);

export function dimensionName(t: Translate, dimension: string): string {
  if (dimension.startsWith("event:props:")) return t("dimension.property", { name: dimension.slice(12) });
  // Readings of a figure name their places without saying that they are a visit's.
  return word(t, "dimension", dimension, word(t, "dimension", `visit:${dimension}`, dimension));
}

/** What a dimension means, where its name does not say it all; empty for all others. */
export function dimensionMeaning(t: Translate, dimension: string): string {
  const scope = dimension.match(/^visit:(last_non_direct|first_user)_/)?.[1];
  return scope ? word(t, "sources.meaning", scope) : "";
}

/** How far two values of a metric lie apart: rates in percentage points, all else in its own unit. */
export function differenceText(
  t: Translate,
  f: Formatter,
  metric: string,
  difference: number,
  sign = "",
): string {
  const size = Math.abs(difference);
  // Isolated from left to right, a sign stays on the left of its figure in every language.
  const signed = (figure: string) => (sign ? `\u2066${sign}${figure}\u2069` : figure);
  if (unitOf(metric) === "percent")
    return t("compare.points", { n: signed(f.number(size, size < 10 ? 2 : 1)) });
  return signed(f.metric(metric, size));
}

/** As `differenceText`, with a sign. */
export const signedText = (t: Translate, f: Formatter, metric: string, difference: number): string =>
  differenceText(t, f, metric, difference, difference > 0 ? "+" : difference < 0 ? "\u2212" : "\u00b1");

/** How a dimension's value reads: countries, channels and devices in the person's language. */
export function valueName(t: Translate, f: Formatter, dimension: string, value: string): string {
  if (value === "(not set)" || value === "") return t("value.notSet");
  if (value === "Direct / None" || value === "(none)") return t("value.direct");
  if (value === "Unknown" || value === "ZZ") return t("value.unknown");
  switch (dimension) {
    case "visit:country":
      return f.country(value);
    case "visit:region":
      // Regions have codes only; the country says where to look.
      return /^[A-Z]{2}-/.test(value) ? `${value} · ${f.country(value.slice(0, 2))}` : value;
    case "visit:channel":
    case "visit:last_non_direct_channel":
    case "visit:first_user_channel":
      return word(t, "channel", value, value);
    case "visit:device":
      return word(t, "device", value, value);
    default:
      return value;
  }
}

/** A filter as a chip reads: "Country is Finland or Sweden". */
export function filterText(t: Translate, f: Formatter, [operator, dimension, values]: Filter): string {
  const named = values.map((value) => valueName(t, f, dimension, value));
  return `${dimensionName(t, dimension)} ${t(`operator.${operator}`)} ${f.list(named, "disjunction")}`;
}

/** Filters as part of a goal's sentence: " from Paid search in Finland". Empty without filters. */
export function segmentText(t: Translate, f: Formatter, filters: Filter[]): string {
  return filters
    .map(([operator, dimension, values]) => {
      const named = f.list(
        values.map((value) => valueName(t, f, dimension, value)),
        "disjunction",
      );
      const phrase =
        operator === "is" ? word(t, "phrase", dimension, word(t, "phrase", `visit:${dimension}`)) : "";
      if (phrase) return ` ${phrase.replace("{{values}}", named)}`;
      const parts = {
        dimension: dimensionName(t, dimension),
        operator: t(`operator.${operator}`),
        values: named,
      };
      return ` ${t("phrase.other", parts)}`;
    })
    .join("");
}

/** Splits a text at placeholders such as `{{target}}`, for drawing the parts on their own. */
export function slots(template: string): { text?: string; slot?: string }[] {
  return template
    .split(/(\{\{\w+\}\})/)
    .filter(Boolean)
    .map((part) => (part.startsWith("{{") ? { slot: part.slice(2, -2) } : { text: part }));
}
