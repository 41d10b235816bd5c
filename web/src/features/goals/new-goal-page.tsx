import { Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type GoalDetail, type GoalDraft, goalsQuery } from "@/api/goals";
import { sitesQuery, workspacePath } from "@/api/queries";
import { todayIn } from "@/ui/format";
import { ButtonLink } from "@/ui/links";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import { newDraft } from "./draft";
import { GoalWizard } from "./goal-wizard";

const route = getRouteApi("/w/$workspace/goals/new");

export function NewGoalPage() {
  const { t } = useTranslation();
  const { workspace, session, canEdit } = useHere();
  const search = route.useSearch();
  const client = useQueryClient();
  const navigate = useNavigate();
  const sites = useQuery(sitesQuery(workspace.id));
  const create = useMutation({
    mutationFn: (goal: GoalDraft) => call<GoalDetail>("POST", `${workspacePath(workspace.id)}/goals`, goal),
    onSuccess: async (goal) => {
      await client.invalidateQueries({ queryKey: goalsQuery(workspace.id).queryKey });
      await navigate({ to: "/w/$workspace/goals/$goal", params: { workspace: workspace.id, goal: goal.id } });
    },
  });
  const site = sites.data?.find(({ id }) => id === search.site) ?? sites.data?.[0];
  return (
    <Page title={t("wizard.title")}>
      <ProblemAlert problem={sites.error} retry={() => sites.refetch()} />
      {sites.isPending && <Skeleton height={400} />}
      {!canEdit && <Empty title={t("settings.readOnly")} text="" />}
      {canEdit && sites.data && !site && (
        <Empty
          title={t("goal.needSite")}
          text={t("goal.needSiteText")}
          action={
            <ButtonLink to="/w/$workspace/sites/new" params={{ workspace: workspace.id }}>
              {t("nav.addSite")}
            </ButtonLink>
          }
        />
      )}
      {canEdit && sites.data && site && (
        <GoalWizard
          initial={{
            ...newDraft(site.id, session.user.id, todayIn(site.time_zone)),
            metric: search.metric ?? null,
            filters: search.f ?? [],
            objective_id: search.objective ?? null,
          }}
          say={search.say}
          sites={sites.data}
          saveLabel={t("wizard.create")}
          saving={create.isPending}
          problem={create.error}
          onSave={create.mutate}
        />
      )}
    </Page>
  );
}
