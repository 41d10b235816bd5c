import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type GoalDetail, objectivesQuery } from "@/api/goals";
import { membersQuery, sitesQuery } from "@/api/queries";
import type { Site } from "@/api/types";
import { todayIn, useFormat } from "@/ui/format";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import { Answer } from "./answer";
import { CourseChart } from "./course-chart";
import { DriversPanel } from "./drivers-panel";
import { Figures } from "./figures";
import classes from "./goals.module.css";
import { GoalHead } from "./head";
import { Letters } from "./letters";
import { Milestones } from "./milestones";
import { ObservationEntry } from "./observation-entry";
import { PaceChart } from "./pace-chart";
import { Resources } from "./resources";
import { Reviews } from "./reviews";
import type { SectionProps } from "./section";
import { Watch } from "./watch";
import { WorkList } from "./work-list";

/** One goal, whole: the answer first, then its pace, what moved it, what is being done, and why. */
export function GoalView({ goal }: { goal: GoalDetail }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const sites = useQuery(sitesQuery(workspace.id));
  const members = useQuery(membersQuery(workspace.id));
  const objectives = useQuery(objectivesQuery(workspace.id));
  const site = sites.data?.find(({ id }) => id === goal.site_id);
  const f = useFormat(goal.unit.currency ?? site?.currency);
  const today = todayIn(site?.time_zone ?? "UTC");
  const people = (members.data ?? []).map(({ user_id, name, email }) => ({
    value: user_id,
    label: name || email,
  }));
  const section = { goal, f, today, people };
  return (
    <article className={classes.goal}>
      <GoalHead
        {...section}
        site={site}
        objective={objectives.data?.find(({ id }) => id === goal.objective_id)}
      />
      {goal.progress.trouble && (
        <Alert color="orange" title={t("goal.trouble")} mb="md">
          {goal.progress.trouble}
        </Alert>
      )}
      {goal.observations && <ObservationEntry {...section} observations={goal.observations} />}
      <Answer {...section} />
      <Panel padded={false} aria-labelledby="pace" className={classes.block}>
        <h2 id="pace" className="visually-hidden">
          {t("goal.path")}
        </h2>
        <Figures {...section} site={site} />
        <PaceChart {...section} />
      </Panel>
      <Parts {...section} site={site} />
    </article>
  );
}

/** What moved it, what is being done about it, and why it is a goal. */
function Parts(props: SectionProps & { site: Site | undefined }) {
  const { site, ...section } = props;
  return (
    <>
      <div className={classes.two}>
        <DriversPanel {...section} site={site} />
        <CourseChart {...section} />
      </div>
      <div className={classes.two}>
        <WorkList {...section} />
        <Milestones {...section} />
      </div>
      <div className={classes.two}>
        <Reviews {...section} />
        <Watch {...section} />
      </div>
      <div className={classes.two}>
        <Letters {...section} />
        <Resources {...section} />
      </div>
    </>
  );
}
