import type { GoalStatus, GoalSummary, ObjectiveNode } from "@/api/goals";

// Which goal to look at first, and under what heading it stands.

const RANK: Record<GoalStatus, number> = {
  behind: 0,
  on_track: 1,
  not_started: 2,
  unknown: 2,
  ahead: 3,
  reached: 4,
  missed: 4,
};

/** The smaller, the sooner someone should look at it. Between goals alike, the less likely one. */
export function need(goal: GoalSummary): number {
  if (goal.progress.trouble) return -1;
  return RANK[goal.progress.status] + (goal.probability ?? 0.5) * 0.99;
}

/** Whether the goal is still being worked on. */
export const isActive = (goal: GoalSummary): boolean => goal.progress.days_left > 0;

export const byNeed = (goals: GoalSummary[]): GoalSummary[] =>
  [...goals].sort((a, b) => need(a) - need(b) || a.deadline.localeCompare(b.deadline));

export const newestFirst = (goals: GoalSummary[]): GoalSummary[] =>
  [...goals].sort((a, b) => b.deadline.localeCompare(a.deadline));

export type Grouping = "need" | "objective" | "owner";

export interface Group {
  /** `null` holds what has no objective or no owner. */
  id: string | null;
  goals: GoalSummary[];
}

/** The topmost objective above a node, as far as the tree is known. */
export function rootOf(nodes: ObjectiveNode[], id: string | null): string | null {
  const known = new Map(nodes.map((node) => [node.id, node]));
  let at = id === null ? undefined : known.get(id);
  // Bounded by the number of nodes: a circle would otherwise never end.
  for (let steps = nodes.length; at?.parent_id && steps > 0; steps--) {
    const above = known.get(at.parent_id);
    if (!above) break;
    at = above;
  }
  return at?.id ?? null;
}

/** Goals under their headings: the neediest group first, in it the neediest goal; what has no heading last. */
export function grouped(goals: GoalSummary[], by: Grouping, nodes: ObjectiveNode[]): Group[] {
  const sorted = byNeed(goals);
  if (by === "need") return [{ id: null, goals: sorted }];
  const groups = new Map<string | null, GoalSummary[]>();
  for (const goal of sorted) {
    const id = by === "owner" ? goal.owner_id : rootOf(nodes, goal.objective_id);
    groups.set(id, [...(groups.get(id) ?? []), goal]);
  }
  const all = [...groups].map(([id, members]) => ({ id, goals: members }));
  return [...all.filter(({ id }) => id !== null), ...all.filter(({ id }) => id === null)];
}
