import type { GoalDetail, GoalSummary, Health, MilestoneState, ObjectiveNode } from "@/api/goals";

// The objective tree as it is drawn: what hangs below what, what may hang where, and in which order it is read.

export type Kind = "objective" | "kpi" | "goal" | "milestone" | "work";

export interface Branch {
  /** Unique in the whole tree. */
  key: string;
  id: string;
  kind: Kind;
  name: string;
  parent: string | null;
  owner: string | null;
  children: Branch[];
  /** Children are there but not asked for yet. */
  unopened?: boolean;
  node?: ObjectiveNode;
  goal?: GoalSummary;
  health?: Health;
  milestone?: MilestoneState;
  date?: string;
  done?: boolean;
}

/** Whether a kind may hang below another (`null`: at the top). The server decides the same, and has the last word. */
export function fits(kind: Kind, parent: Kind | null): boolean {
  switch (kind) {
    case "objective":
      return parent === null || parent === "objective";
    case "kpi":
      return parent === "objective";
    case "goal":
      return parent === null || parent === "objective" || parent === "kpi";
    default:
      return false;
  }
}

/** Builds the tree. `details` holds the goals whose milestones and work are already here. */
export function grow(
  nodes: ObjectiveNode[],
  goals: GoalSummary[],
  details: ReadonlyMap<string, GoalDetail>,
): Branch[] {
  const known = new Set(nodes.map(({ id }) => id));
  const goalsBelow = (id: string | null): Branch[] =>
    goals
      .filter(({ objective_id }) => (objective_id && known.has(objective_id) ? objective_id : null) === id)
      .sort((a, b) => a.deadline.localeCompare(b.deadline))
      .map((goal) => goalBranch(goal, id, details.get(goal.id)));
  const below = (id: string | null): Branch[] =>
    nodes
      .filter(({ parent_id }) => (parent_id && known.has(parent_id) ? parent_id : null) === id)
      .sort((a, b) => a.position - b.position || a.name.localeCompare(b.name))
      .map((node) => ({
        key: `node ${node.id}`,
        id: node.id,
        kind: node.kind,
        name: node.name,
        parent: id,
        owner: node.owner_id,
        node,
        health: node.standing?.health,
        children: [...below(node.id), ...goalsBelow(node.id)],
      }));
  return [...below(null), ...goalsBelow(null)];
}

function goalBranch(goal: GoalSummary, parent: string | null, detail: GoalDetail | undefined): Branch {
  const key = `goal ${goal.id}`;
  return {
    key,
    id: goal.id,
    kind: "goal",
    name: goal.name || goal.sentence,
    parent,
    owner: goal.owner_id,
    goal,
    unopened: detail === undefined,
    children: [
      ...(detail?.milestones ?? []).map(
        (one): Branch => ({
          key: `milestone ${one.id}`,
          id: one.id,
          kind: "milestone",
          name: one.name,
          parent: goal.id,
          owner: null,
          children: [],
          milestone: one.state,
          date: one.date,
        }),
      ),
      ...(detail?.work ?? []).map(
        (one): Branch => ({
          key: `work ${one.id}`,
          id: one.id,
          kind: "work",
          name: one.name,
          parent: goal.id,
          owner: one.owner_id,
          children: [],
          done: one.done_on !== null,
          date: one.end_date,
        }),
      ),
    ],
  };
}

/** Every branch that is on screen, from top to bottom. */
export function visible(branches: Branch[], open: (branch: Branch) => boolean): Branch[] {
  return branches.flatMap((branch) => [branch, ...(open(branch) ? visible(branch.children, open) : [])]);
}

export function find(branches: Branch[], key: string): Branch | undefined {
  for (const branch of branches) {
    const found = branch.key === key ? branch : find(branch.children, key);
    if (found) return found;
  }
  return undefined;
}

const holds = (branch: Branch, key: string): boolean =>
  branch.key === key || branch.children.some((child) => holds(child, key));

/** Whether a branch may be moved below another: the kinds fit, and it is not itself or below itself. */
export const mayMove = (branch: Branch, to: Branch | null): boolean =>
  fits(branch.kind, to?.kind ?? null) &&
  (to === null || !holds(branch, to.key)) &&
  branch.parent !== (to?.id ?? null);

/** Every branch below which this one may hang. */
export const places = (branches: Branch[], branch: Branch): Branch[] =>
  visible(branches, () => true).filter((to) => mayMove(branch, to));
