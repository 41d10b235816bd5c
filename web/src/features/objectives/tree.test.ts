import { describe, expect, it } from "vitest";
import type { GoalSummary, ObjectiveNode } from "@/api/goals";
import { find, fits, grow, mayMove, places, visible } from "./tree";

const node = (id: string, parent_id: string | null, kind: "objective" | "kpi", position = 0) =>
  ({ id, name: id, parent_id, kind, position, owner_id: null }) as unknown as ObjectiveNode;
const goal = (id: string, objective_id: string | null) =>
  ({
    id,
    name: id,
    sentence: "",
    objective_id,
    deadline: "2027-01-01",
    owner_id: null,
  }) as unknown as GoalSummary;

const tree = grow(
  [
    node("sales", null, "objective", 1),
    node("name", null, "objective", 0),
    node("orders", "sales", "kpi"),
    node("lost", "gone", "objective", 2),
  ],
  [goal("more", "orders"), goal("loose", null), goal("stray", "gone")],
  new Map(),
);

describe("the tree", () => {
  it("stands in its own order, and what hangs below nothing known stands at the top", () => {
    expect(tree.map(({ id }) => id)).toEqual(["name", "sales", "lost", "loose", "stray"]);
    expect(visible(tree, () => true).map(({ id }) => id)).toEqual([
      "name",
      "sales",
      "orders",
      "more",
      "lost",
      "loose",
      "stray",
    ]);
  });

  it("reads only what is open", () => {
    expect(visible(tree, ({ id }) => id !== "sales").map(({ id }) => id)).not.toContain("orders");
  });

  it("holds nothing below itself", () => {
    const sales = find(tree, "node sales");
    const orders = find(tree, "node orders");
    if (!sales || !orders) throw new Error("the tree lost a branch");
    expect(mayMove(sales, orders)).toBe(false);
    expect(mayMove(sales, sales)).toBe(false);
    expect(mayMove(orders, find(tree, "node name") ?? null)).toBe(true);
    // Where it hangs already is no place to move to.
    expect(mayMove(orders, sales)).toBe(false);
    expect(places(tree, orders).map(({ id }) => id)).toEqual(["name", "lost"]);
  });

  it("has KPIs below objectives, goals below both, and milestones nowhere else", () => {
    expect(fits("kpi", null)).toBe(false);
    expect(fits("kpi", "objective")).toBe(true);
    expect(fits("goal", "kpi")).toBe(true);
    expect(fits("objective", "kpi")).toBe(false);
    expect(fits("milestone", "objective")).toBe(false);
  });
});
