import { describe, expect, it } from "vitest";
import { addMonths, lengthOf, newDraft, openLetters, quarterEnd, sendable } from "./draft";

const draft = newDraft("site", "owner", "2027-01-01");

describe("a new goal", () => {
  it("has three months from today, and everything else is open", () => {
    expect(draft.deadline).toBe("2027-03-31");
    expect(lengthOf(draft)).toBe(90);
    expect(openLetters(draft)).toEqual(["S", "M", "A"]);
    expect(sendable(draft)).toBeNull();
  });

  it("needs a conversion for a metric that is about one", () => {
    const rate = { ...draft, metric: "conversion_rate", target_input: 5 };
    expect(openLetters(rate)).toEqual(["S", "M"]);
    expect(openLetters({ ...rate, filters: [["is", "event:goal", ["Order"]]] })).toEqual([]);
  });

  it("is complete with a metric, a target and its dates", () => {
    const whole = { ...draft, metric: "visitors", target_input: 20 };
    expect(openLetters(whole)).toEqual([]);
    expect(sendable(whole)).toMatchObject({ metric: "visitors", target_kind: "percent", target_input: 20 });
  });

  it("goes the metric's usual way until another one is chosen", () => {
    const rate = { ...draft, metric: "bounce_rate" };
    expect(sendable(rate, "less")).toMatchObject({ better: "less", target_input: -10 });
    expect(sendable({ ...rate, better: "more", target_input: 5 }, "less")).toMatchObject({
      better: "more",
      target_input: 5,
    });
  });

  it("does not end before it starts", () => {
    expect(openLetters({ ...draft, metric: "visits", target_input: 5, deadline: "2026-12-31" })).toEqual([
      "T",
    ]);
  });
});

describe("deadlines", () => {
  it("months later end the day before, also in a shorter month", () => {
    expect(addMonths("2027-01-01", 3)).toBe("2027-03-31");
    expect(addMonths("2027-01-31", 1)).toBe("2027-02-27");
    expect(addMonths("2027-11-15", 6)).toBe("2028-05-14");
  });

  it("of a quarter are its last day", () => {
    expect(quarterEnd("2027-02-10")).toBe("2027-03-31");
    expect(quarterEnd("2027-12-31")).toBe("2027-12-31");
  });
});
