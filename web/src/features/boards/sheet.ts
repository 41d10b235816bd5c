import type { TFunction } from "i18next";
import type { Placed, TileData, TileMetric } from "@/api/boards";
import type { Formatter } from "@/ui/format";
import { dimensionName, valueName } from "@/ui/words";

// A tile in words and figures: what its screen, its picture and its CSV have in common.

export interface Sheet {
  title: string;
  /** The days, in words. */
  lead: string;
  /** One figure that says it all, and its change. */
  headline?: string;
  head: string[];
  /** As a person reads them. */
  shown: string[][];
  /** As a spreadsheet reads them. */
  raw: (string | number | null)[][];
  /** How long each row's bar is, 0 to 1. */
  bars?: number[];
}

/** A metric's value in its own unit; a dash when nothing was measured. */
export function figureText(
  f: Formatter,
  unit: string,
  currency: string | null | undefined,
  value: number | null | undefined,
  compact = false,
): string {
  if (value === null || value === undefined) return "–";
  switch (unit) {
    case "share":
      return f.percent(value, Math.abs(value) < 10 ? 2 : 1);
    case "money":
      return f.money(value, currency ?? f.currency, compact);
    case "duration":
      return f.duration(value);
    case "ratio":
    case "rank":
    case "score":
      return f.number(value, unit === "ratio" ? 2 : 1);
    default: {
      // A target of a percentage need not be a whole number of visits.
      const whole = Math.abs(value) >= 100 ? Math.round(value) : value;
      return compact ? f.compact(whole) : f.number(value, Number.isInteger(value) ? 0 : 1);
    }
  }
}

export const ofMetric = (
  f: Formatter,
  metric: TileMetric | undefined,
  value: number | null | undefined,
  compact = false,
) => figureText(f, metric?.unit ?? "count", metric?.currency, value, compact);

/** A change without its sign: in percent, or in percentage points. */
export function changeText(
  t: TFunction,
  f: Formatter,
  metric: TileMetric | undefined,
  change: number,
): string {
  const size = Math.abs(change);
  return metric?.change_in === "points"
    ? t("compare.points", { n: f.number(size, 1) })
    : f.percent(size, size < 10 ? 1 : 0);
}

/** When a point of a course begins, as an axis says it. */
export function pointText(f: Formatter, interval: string | null | undefined, at: string): string {
  const when = at.replace(" ", "T");
  if (interval === "hour") return f.hour(new Date(when));
  return interval === "month" ? f.month(at.slice(0, 10)) : f.day(at.slice(0, 10));
}

/** A tile's title, or what it shows. */
export function titleOf(t: TFunction, tile: Placed, data: TileData | undefined): string {
  if (tile.title) return tile.title;
  if (tile.kind === "note") return t("boards.kind.note");
  if (data?.goal) return data.goal.name || data.goal.sentence;
  const names = (data?.metrics ?? []).map(({ name }) => name).join(", ");
  if (!names) return t(`boards.kind.${tile.kind}`);
  return data?.dimension
    ? t("boards.by", { metric: names, dimension: dimensionName(t, data.dimension) })
    : names;
}

/** The days of a tile in words: "1 Mar – 28 Mar". */
export function daysText(f: Formatter, data: TileData | undefined): string {
  if (!data?.days) return "";
  const { from, to } = data.days;
  return from === to ? f.date(from, "short") : `${f.date(from, "short")} – ${f.date(to, "short")}`;
}

export function sheetOf(t: TFunction, f: Formatter, tile: Placed, data: TileData | undefined): Sheet {
  const sheet: Sheet = {
    title: titleOf(t, tile, data),
    lead: daysText(f, data),
    head: [],
    shown: [],
    raw: [],
  };
  const metrics = data?.metrics ?? [];
  const [metric] = metrics;
  const compares = Boolean(data?.compared);
  switch (tile.kind) {
    case "note":
      return { ...sheet, head: [t("boards.text")], shown: [[tile.text ?? ""]], raw: [[tile.text ?? ""]] };
    case "number": {
      const total = data?.total;
      const name = metric?.name ?? "";
      sheet.headline = ofMetric(f, metric, total?.value);
      sheet.head = [
        t("boards.figure"),
        t("boards.value"),
        ...(compares ? [t("compare.previous"), t("boards.change")] : []),
      ];
      const change = total?.change;
      const sign = (change ?? 0) > 0 ? "+" : (change ?? 0) < 0 ? "\u2212" : "";
      const changed =
        change === null || change === undefined ? "–" : `${sign}${changeText(t, f, metric, change)}`;
      sheet.shown = [
        [name, sheet.headline, ...(compares ? [ofMetric(f, metric, total?.before), changed] : [])],
      ];
      sheet.raw = [
        [name, total?.value ?? null, ...(compares ? [total?.before ?? null, change ?? null] : [])],
      ];
      return sheet;
    }
    case "trend":
      sheet.headline = ofMetric(f, metric, data?.total?.value);
      sheet.head = [t("common.date"), metric?.name ?? "", ...(compares ? [t("compare.previous")] : [])];
      for (const { at, value, before } of data?.points ?? []) {
        const past = compares ? [before ?? null] : [];
        sheet.raw.push([at, value ?? null, ...past]);
        sheet.shown.push([
          pointText(f, data?.interval, at),
          ofMetric(f, metric, value),
          ...past.map((one) => ofMetric(f, metric, one)),
        ]);
      }
      return sheet;
    case "breakdown":
    case "table": {
      const named = data?.dimension ? dimensionName(t, data.dimension) : "";
      const both = compares && tile.kind === "breakdown";
      sheet.head = [named, ...metrics.map(({ name }) => name), ...(both ? [t("compare.previous")] : [])];
      const most = Math.max(...(data?.rows ?? []).map(({ figures }) => figures[0]?.value ?? 0), 0);
      sheet.bars = tile.kind === "breakdown" ? [] : undefined;
      for (const { name, figures } of data?.rows ?? []) {
        const past = both ? [figures[0]?.before ?? null] : [];
        sheet.raw.push([name, ...figures.map(({ value }) => value ?? null), ...past]);
        sheet.shown.push([
          data?.dimension ? valueName(t, f, data.dimension, name) : name,
          ...figures.map(({ value }, at) => ofMetric(f, metrics[at], value)),
          ...past.map((one) => ofMetric(f, metric, one)),
        ]);
        sheet.bars?.push(most > 0 ? Math.max(figures[0]?.value ?? 0, 0) / most : 0);
      }
      return sheet;
    }
    case "funnel":
      sheet.head = [t("boards.step"), t("metric.visitors"), t("boards.ofFirst"), t("boards.ofPrevious")];
      sheet.bars = [];
      for (const { name, visitors, of_first, of_previous } of data?.steps ?? []) {
        const share = (part: number | null | undefined) =>
          part === null || part === undefined ? "–" : f.percent(part * 100);
        sheet.raw.push([name, visitors, of_first ?? null, of_previous ?? null]);
        sheet.shown.push([name, f.number(visitors), share(of_first), share(of_previous)]);
        sheet.bars.push(of_first ?? 0);
      }
      return sheet;
    case "pace": {
      const goal = data?.goal;
      const text = (value: number | null | undefined) =>
        figureText(f, goal?.unit ?? "count", goal?.currency, value);
      sheet.lead = goal?.sentence ?? "";
      sheet.headline = text(goal?.actual);
      sheet.head = [t("common.date"), t("boards.expected"), t("boards.actual")];
      for (const { date, expected, actual } of goal?.path ?? []) {
        sheet.raw.push([date, expected ?? null, actual ?? null]);
        sheet.shown.push([f.day(date), text(expected), text(actual)]);
      }
      return sheet;
    }
  }
}
