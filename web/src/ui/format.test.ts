import { describe, expect, it } from "vitest";
import { addDays, clockIn, daysBetween, Formatter, tagOf, todayIn } from "./format";

const en = new Formatter(tagOf("en"), "EUR");
const fa = new Formatter(tagOf("fa"), "EUR");
const fi = new Formatter(tagOf("fi"), "EUR");

describe("a metric's value", () => {
  it("reads in its own unit", () => {
    expect(en.metric("visitors", 12345)).toBe("12,345");
    expect(en.metric("visitors", 123456, { compact: true })).toBe("123k");
    expect(en.metric("bounce_rate", 41.25)).toBe("41.3%");
    expect(en.metric("conversion_rate", 2.345)).toBe("2.35%");
    expect(en.metric("visit_duration", 134)).toBe("2m 14s");
    expect(en.metric("total_revenue", { value: 1234.5, currency: "USD" })).toBe("US$1,235");
    expect(en.metric("views_per_visit", 3.055)).toBe("3.06");
  });

  it("is a dash when nothing was measured", () => {
    expect(en.metric("bounce_rate", null)).toBe("–");
    expect(en.metric("visitors", undefined)).toBe("–");
  });

  it("of time is a clock where units have no short names", () => {
    expect(fa.metric("visit_duration", 110)).toBe("۱:۵۰");
    expect(fa.metric("visit_duration", 3727)).toBe("۱:۰۲:۰۷");
  });

  it("of a forecast is never sure", () => {
    expect([0, 0.006, 0.42, 0.994, 1].map((share) => en.chance(share))).toEqual([
      "<1%",
      "1%",
      "42%",
      "99%",
      ">99%",
    ]);
  });

  it("has the digits of the language", () => {
    expect(fa.metric("visitors", 1234)).toBe("۱٬۲۳۴");
    expect(fi.metric("visitors", 12345)).toBe("12\u00a0345");
  });
});

describe("dates", () => {
  it("are written in the language, on the calendar that reports are cut by", () => {
    expect(en.date("2027-06-30")).toBe("30 June 2027");
    expect(fi.date("2027-06-30")).toBe("30. kesäkuuta 2027");
    expect(fa.date("2027-06-30")).toBe("۳۰ ژوئن ۲۰۲۷");
  });

  it("are those of the site's own clock", () => {
    const now = new Date("2027-03-14T22:30:00Z");
    expect(todayIn("Europe/Helsinki", now)).toBe("2027-03-15");
    expect(todayIn("America/New_York", now)).toBe("2027-03-14");
    expect(clockIn("Asia/Tehran", now)).toBe("2027-03-15 02:00:00");
  });

  it("are counted across the change of clocks", () => {
    expect(addDays("2027-03-27", 2)).toBe("2027-03-29");
    expect(daysBetween("2027-03-01", "2027-04-01")).toBe(31);
  });
});
