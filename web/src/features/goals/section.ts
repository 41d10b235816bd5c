import { useQueryClient } from "@tanstack/react-query";
import { type GoalDetail, goalPath } from "@/api/goals";
import type { Formatter } from "@/ui/format";
import { useHere } from "@/ui/workspace";

/** What every part of the goal page is given. */
export interface SectionProps {
  goal: GoalDetail;
  f: Formatter;
  /** Today's date on the site's clock. */
  today: string;
  /** Members, as a select offers them. */
  people: { value: string; label: string }[];
}

/** The goal's address in the API, and a way to read it anew after something of it was changed. */
export function useGoalChange(goal: { id: string }) {
  const { workspace } = useHere();
  const client = useQueryClient();
  return {
    path: goalPath(workspace.id, goal.id),
    changed: () => client.invalidateQueries({ queryKey: [workspace.id, "goals"] }),
  };
}
