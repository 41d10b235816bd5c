import { Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { goalQuery } from "@/api/goals";
import { TextLink } from "@/ui/links";
import { ProblemAlert } from "@/ui/page";
import pageClasses from "@/ui/page.module.css";
import { useHere } from "@/ui/workspace";
import { GoalView } from "./goal-view";
import classes from "./goals.module.css";

const route = getRouteApi("/w/$workspace/goals/$goal");

export function GoalPage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const { goal: id } = route.useParams();
  const goal = useQuery({ ...goalQuery(workspace.id, id), refetchInterval: 60_000 });
  useDocumentTitle(`${goal.data?.name || goal.data?.sentence || t("goal.title")} · ${t("brand")}`);
  return (
    <div className={pageClasses.page}>
      <p className={classes.back}>
        <TextLink to="/w/$workspace" params={{ workspace: workspace.id }} size="sm">
          {t("goal.all")}
        </TextLink>
      </p>
      <ProblemAlert problem={goal.error} retry={() => goal.refetch()} />
      {goal.isPending && <Skeleton height={480} />}
      {goal.data && <GoalView goal={goal.data} />}
    </div>
  );
}
