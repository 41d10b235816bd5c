import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/goals";
import type { Value } from "@/api/stats";
import { plain } from "@/api/stats";
import { unitOf } from "./metrics";

/** BCP 47 tags: Persian keeps its digits, on the Gregorian calendar that reports are cut by. */
const TAGS: Record<string, string> = { en: "en-GB", fi: "fi-FI", fa: "fa-IR-u-ca-gregory-nu-arabext" };

export const tagOf = (language: string): string => TAGS[language] ?? "en-GB";

/** Formats dates, numbers and metric values in one language. */
export class Formatter {
  constructor(
    readonly tag: string,
    readonly currency = "EUR",
  ) {}

  /** A text for a canvas, which knows no direction of its own. */
  drawn(text: string): string {
    return this.tag.startsWith("fa") ? `\u2067${text}\u2069` : text;
  }

  /** A name at the head of a column: `entry page` is "Entry page". */
  capital(name: string): string {
    return name.charAt(0).toLocaleUpperCase(this.tag) + name.slice(1);
  }

  number(value: number, digits = 0): string {
    return new Intl.NumberFormat(this.tag, { maximumFractionDigits: digits }).format(value);
  }

  /** 12,345 stays whole below ten thousand; above it is 12.3k. */
  compact(value: number): string {
    if (Math.abs(value) < 10_000) return this.number(value, Number.isInteger(value) ? 0 : 1);
    return new Intl.NumberFormat(this.tag, { notation: "compact", maximumSignificantDigits: 3 }).format(
      value,
    );
  }

  /** Short at any size, so that the labels of one axis are alike. */
  axis(metric: string, value: number): string {
    const short = (style: Intl.NumberFormatOptions) =>
      new Intl.NumberFormat(this.tag, { notation: "compact", maximumFractionDigits: 1, ...style }).format(
        value,
      );
    switch (unitOf(metric)) {
      case "percent":
        return this.percent(value);
      case "seconds":
        return this.duration(value);
      case "money":
        return short({ style: "currency", currency: this.currency, minimumFractionDigits: 0 });
      default:
        return short({});
    }
  }

  /** `value` is in percent: 42 means 42 %. */
  percent(value: number, digits = 1): string {
    return new Intl.NumberFormat(this.tag, { style: "percent", maximumFractionDigits: digits }).format(
      value / 100,
    );
  }

  /** A forecast's probability, 0 to 1. No forecast is sure, so it says <1% and >99% at the ends. */
  chance(share: number): string {
    const percent = Math.round(share * 100);
    const beyond = (sign: string, of: number) => {
      const text = `${sign}${this.percent(of)}`;
      // Beside Persian the sign would stand on the other side.
      return this.tag.startsWith("fa") ? `\u2066${text}\u2069` : text;
    };
    if (percent < 1) return beyond("<", 1);
    return percent > 99 ? beyond(">", 99) : this.percent(percent);
  }

  money(value: number, currency = this.currency, compact = false): string {
    return new Intl.NumberFormat(this.tag, {
      style: "currency",
      currency,
      ...(compact && Math.abs(value) >= 10_000
        ? { notation: "compact", maximumSignificantDigits: 3 }
        : { minimumFractionDigits: 0, maximumFractionDigits: Math.abs(value) < 1000 ? 2 : 0 }),
    }).format(value);
  }

  /** Seconds as "2 min 14 s". */
  duration(seconds: number): string {
    const whole = Math.round(seconds);
    // Persian has no short names for units: a clock reads faster than whole words.
    if (this.tag.startsWith("fa")) return this.clock(whole);
    const part = (value: number, unit: string) =>
      new Intl.NumberFormat(this.tag, { style: "unit", unit, unitDisplay: "narrow" }).format(value);
    if (whole < 60) return part(whole, "second");
    if (whole < 3600) return `${part(Math.floor(whole / 60), "minute")} ${part(whole % 60, "second")}`;
    return `${part(Math.floor(whole / 3600), "hour")} ${part(Math.floor((whole % 3600) / 60), "minute")}`;
  }

  /** Seconds as a stopwatch shows them: 1:50, or 1:02:07 from an hour on. */
  private clock(seconds: number): string {
    const two = new Intl.NumberFormat(this.tag, { minimumIntegerDigits: 2 });
    const rest = `${two.format(Math.floor((seconds % 3600) / 60))}:${two.format(seconds % 60)}`;
    if (seconds >= 3600) return `${this.number(Math.floor(seconds / 3600))}:${rest}`;
    return `${this.number(Math.floor(seconds / 60))}:${two.format(seconds % 60)}`;
  }

  /** A metric's value in its own unit; a dash when nothing was measured. */
  metric(metric: string, value: Value | undefined, options: { compact?: boolean } = {}): string {
    const amount = plain(value);
    if (amount === null) return "–";
    const currency = typeof value === "object" && value !== null ? value.currency : this.currency;
    switch (unitOf(metric)) {
      case "percent":
        return this.percent(amount, Math.abs(amount) < 10 ? 2 : 1);
      case "seconds":
        return this.duration(amount);
      case "money":
        return this.money(amount, currency, options.compact);
      case "ratio":
        return this.number(amount, 2);
      default:
        return options.compact ? this.compact(amount) : this.number(amount);
    }
  }

  /** A number in its own unit, as the server names it; a dash for none. Shares are in percent. */
  amount({ kind, currency }: Unit, value: number | null, options: { compact?: boolean } = {}): string {
    if (value === null) return "–";
    switch (kind) {
      case "share":
        return this.percent(value, Math.abs(value) < 10 ? 2 : 1);
      case "duration":
        return this.duration(value);
      case "money":
        return this.money(value, currency ?? this.currency, options.compact);
      case "rank":
      case "score":
        return this.number(value, 1);
      default:
        // Of few things, parts count; of many, whole ones.
        if (Math.abs(value) < 20) return this.number(value, 1);
        return options.compact ? this.compact(Math.round(value)) : this.number(value);
    }
  }

  /** Short at any size, for the labels of an axis. */
  tick({ kind, currency }: Unit, value: number): string {
    const short = (style: Intl.NumberFormatOptions) =>
      new Intl.NumberFormat(this.tag, { notation: "compact", maximumFractionDigits: 1, ...style }).format(
        value,
      );
    switch (kind) {
      case "share":
        return this.percent(value);
      case "duration":
        return this.duration(value);
      case "money":
        return short({ style: "currency", currency: currency ?? this.currency, minimumFractionDigits: 0 });
      default:
        return short({});
    }
  }

  /** A difference with its sign, isolated so that the sign stays on the left in every language. */
  signed(unit: Unit, difference: number, points: (n: string) => string): string {
    const sign = difference > 0 ? "+" : difference < 0 ? "\u2212" : "\u00b1";
    const size = Math.abs(difference);
    const mark = (figure: string) => `\u2066${sign}${figure}\u2069`;
    if (unit.kind === "share") return points(mark(this.number(size, size < 10 ? 2 : 1)));
    return mark(this.amount(unit, size));
  }

  /** What a day brings, on average. */
  rate(metric: string, value: number): string {
    return unitOf(metric) === "money" ? this.money(value) : this.number(value, Math.abs(value) < 100 ? 1 : 0);
  }

  private dateTime(value: string | Date, options: Intl.DateTimeFormatOptions): string {
    const date = typeof value === "string" ? fromIso(value) : value;
    return new Intl.DateTimeFormat(this.tag, options).format(date);
  }

  /** "30 June 2027", or "30 Jun 2027" when `short`. `value` is a date or an instant. */
  date(value: string | Date, style: "long" | "short" = "long"): string {
    return this.dateTime(value, { day: "numeric", month: style, year: "numeric" });
  }

  day(value: string | Date): string {
    return this.dateTime(value, { day: "numeric", month: "short" });
  }

  weekday(value: string | Date): string {
    return this.dateTime(value, { weekday: "short", day: "numeric", month: "short" });
  }

  month(value: string | Date): string {
    return this.dateTime(value, { month: "short", year: "numeric" });
  }

  hour(value: string | Date): string {
    return this.dateTime(value, { hour: "2-digit", minute: "2-digit" });
  }

  instant(value: string): string {
    return this.dateTime(new Date(value), { dateStyle: "medium", timeStyle: "short" });
  }

  /** "3 minutes ago", measured from `now`. */
  ago(value: string, now: Date): string {
    const seconds = (new Date(value).getTime() - now.getTime()) / 1000;
    const steps: [number, Intl.RelativeTimeFormatUnit][] = [
      [86_400, "day"],
      [3_600, "hour"],
      [60, "minute"],
    ];
    const relative = new Intl.RelativeTimeFormat(this.tag, { numeric: "auto" });
    for (const [length, unit] of steps) {
      if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
    }
    return relative.format(Math.min(Math.round(seconds), 0), "second");
  }

  list(values: string[], type: "conjunction" | "disjunction" = "conjunction"): string {
    return new Intl.ListFormat(this.tag, { type }).format(values);
  }

  country(code: string): string {
    try {
      return (
        (/^[A-Z]{2}$/.test(code) && new Intl.DisplayNames(this.tag, { type: "region" }).of(code)) || code
      );
    } catch {
      return code;
    }
  }
}

/** A date (`2027-06-30`) or a wall-clock label (`2027-06-30 13:00:00`) as local time; an instant as itself. */
export function fromIso(value: string): Date {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return new Date(`${value}T00:00:00`);
  if (/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}/.test(value)) return new Date(value.replace(" ", "T"));
  return new Date(value);
}

/** `YYYY-MM-DD` of a local date. */
export function isoDate(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function addDays(date: string, days: number): string {
  const moved = fromIso(date);
  moved.setDate(moved.getDate() + days);
  return isoDate(moved);
}

/** The later of two dates as texts, and the earlier one. */
export const later = (one: string, other: string): string => [one, other].sort()[1] ?? one;
export const earlier = (one: string, other: string): string => [one, other].sort()[0] ?? one;

/** Whole days from `from` to `to`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((fromIso(to).getTime() - fromIso(from).getTime()) / 86_400_000);
}

/** A time zone's wall clock as a time label: `2027-06-30 13:05:00`. */
export function clockIn(timeZone: string, now = new Date()): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
    hourCycle: "h23",
  }).format(now);
  return parts.replace(", ", " ");
}

/** Today's date in a time zone. */
export function todayIn(timeZone: string, now = new Date()): string {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(now);
  } catch {
    return isoDate(now);
  }
}

export function useFormat(currency?: string): Formatter {
  const { i18n } = useTranslation();
  return useMemo(() => new Formatter(tagOf(i18n.language), currency), [i18n.language, currency]);
}
