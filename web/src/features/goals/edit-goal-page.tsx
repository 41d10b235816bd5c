import { Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type GoalDetail, type GoalDraft, goalQuery, goalsQuery } from "@/api/goals";
import { sitesQuery, workspacePath } from "@/api/queries";
import { Page, ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import { draftOf } from "./draft";
import { GoalWizard } from "./goal-wizard";

const route = getRouteApi("/w/$workspace/goals/$goal/edit");

export function EditGoalPage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const { goal: id } = route.useParams();
  const client = useQueryClient();
  const navigate = useNavigate();
  const sites = useQuery(sitesQuery(workspace.id));
  const goal = useQuery({ ...goalQuery(workspace.id, id), refetchOnWindowFocus: false });
  const save = useMutation({
    mutationFn: (draft: GoalDraft) =>
      call<GoalDetail>("PATCH", `${workspacePath(workspace.id)}/goals/${id}`, {
        ...draft,
        version: goal.data?.version,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: goalsQuery(workspace.id).queryKey });
      await navigate({ to: "/w/$workspace/goals/$goal", params: { workspace: workspace.id, goal: id } });
    },
  });
  return (
    <Page title={t("wizard.editTitle")}>
      <ProblemAlert problem={goal.error ?? sites.error} />
      {(goal.isPending || sites.isPending) && <Skeleton height={400} />}
      {goal.data && sites.data && (
        <GoalWizard
          initial={draftOf(goal.data)}
          sites={sites.data}
          saveLabel={t("wizard.save")}
          saving={save.isPending}
          problem={save.error}
          onSave={save.mutate}
        />
      )}
    </Page>
  );
}
