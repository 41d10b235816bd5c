import { expect, it } from "vitest";
import { wholeGoal, wholeNode, wholePreview } from "./goal-shapes";
import type { GoalDetail } from "./goals";

const plain = {
  id: "g",
  version: 1,
  name: "",
  sentence: "12,000 visitors by 31 March 2027",
  site_id: "s",
  metric: "bounce_rate",
  filters: [],
  kind: "level" as const,
  baseline_value: 40,
  baseline_from: "2026-10-01",
  baseline_to: "2026-12-31",
  target_kind: "absolute" as const,
  target_input: 30,
  target_value: 30,
  start_date: "2027-01-01",
  deadline: "2027-03-31",
  words: { specific: "", measurable: "", achievable: "", relevant: "", time_bound: "" },
  created_at: "2027-01-01T08:00:00Z",
  updated_at: "2027-01-01T08:00:00Z",
  progress: {
    status: "behind" as const,
    expected: 35,
    progress_share: 0.2,
    expected_share: 0.5,
    days_left: 45,
    days_total: 90,
    as_of: "2027-02-15",
  },
  path: Array.from({ length: 130 }, (_, index) => ({ date: `day ${index}`, expected: index })),
};

it("a goal without its outlook becomes a whole one that says so", () => {
  const whole = wholeGoal(plain);
  expect(whole).toMatchObject({ unit: { kind: "share" }, better: "less", probability: null, plain: true });
  expect(whole.spark.length).toBeLessThanOrEqual(61);
  expect(whole.spark.at(-1)?.date).toBe("day 129");
});

it("a whole goal stays as it is", () => {
  const whole = wholeGoal(plain);
  const answered = { ...whole, probability: 0.5 } as GoalDetail;
  expect(wholeGoal(answered)).toBe(answered);
});

it("findings of a draft become verdicts", () => {
  const preview = wholePreview(
    {
      sentence: "",
      kind: "total",
      baseline: { value: 1, from: "a", to: "b" },
      target_value: 2,
      expected_path: [],
      checks: [{ letter: "R", code: "no_objective", ok: false, text: "Link it." }],
    },
    { metric: "visits", target_kind: "percent", target_input: 20 },
  );
  expect(preview.verdicts).toEqual([
    { letter: "R", level: "warning", code: "no_objective", text: "Link it." },
  ]);
});

it("an objective that knows of no tree stands at its top", () => {
  expect(wholeNode({ id: "o", name: "More" }, 3)).toMatchObject({
    kind: "objective",
    parent_id: null,
    position: 3,
  });
});
