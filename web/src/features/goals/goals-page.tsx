import { SegmentedControl, Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type GoalSummary, goalsQuery, objectivesQuery } from "@/api/goals";
import { membersQuery } from "@/api/queries";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { ButtonLink, TextLink } from "@/ui/links";
import { Page, ProblemAlert } from "@/ui/page";
import pageClasses from "@/ui/page.module.css";
import { Panel } from "@/ui/panel";
import { HealthPill } from "@/ui/status";
import { useHere } from "@/ui/workspace";
import { GoalRow } from "./goal-row";
import classes from "./home.module.css";
import { type Group, type Grouping, grouped, isActive, newestFirst } from "./need";
import rowClasses from "./row.module.css";
import { Welcome } from "./welcome";

const route = getRouteApi("/w/$workspace/");

/** Home: every goal, the ones that need someone first. */
export function GoalsPage() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const { by = "objective" } = route.useSearch();
  const navigate = route.useNavigate();
  const goals = useQuery({ ...goalsQuery(workspace.id), refetchInterval: 60_000 });
  const objectives = useQuery(objectivesQuery(workspace.id));
  const members = useQuery(membersQuery(workspace.id));
  useDocumentTitle(`${t("goal.title")} · ${t("brand")}`);

  if (goals.isPending || objectives.isPending) {
    return (
      <div className={pageClasses.page}>
        <Skeleton height={60} mb="lg" />
        <Skeleton height={420} />
      </div>
    );
  }
  if (goals.error) {
    return (
      <Page title={t("goal.title")}>
        <ProblemAlert problem={goals.error} retry={() => goals.refetch()} />
      </Page>
    );
  }
  if (goals.data.length === 0) return <Welcome />;

  const nodes = objectives.data ?? [];
  const nameOf = (id: string | null) => {
    const member = members.data?.find(({ user_id }) => user_id === id);
    return member && (member.name || member.email);
  };
  const active = goals.data.filter(isActive);
  const past = newestFirst(goals.data.filter((goal) => !isActive(goal)));
  const groups = grouped(active, by, nodes);
  const rows = (list: GoalSummary[]) => (
    <Panel padded={false}>
      <ul className={rowClasses.list}>
        {list.map((goal) => (
          <GoalRow key={goal.id} goal={goal} owner={nameOf(goal.owner_id)} />
        ))}
      </ul>
    </Panel>
  );
  const heading = ({ id }: Group) => {
    if (by === "owner") return <h2>{nameOf(id) ?? t("goals.home.ownerless")}</h2>;
    const node = nodes.find((candidate) => candidate.id === id);
    return (
      <>
        <h2>{node ? <bdi>{node.name}</bdi> : t("goals.home.aimless")}</h2>
        {node && node.standing.health !== "unknown" && <HealthPill health={node.standing.health} />}
        {node?.standing?.reason && <p>{node.standing.reason}</p>}
      </>
    );
  };
  return (
    <div className={pageClasses.page}>
      <header className={classes.head}>
        <div>
          <h1>{t("goal.title")}</h1>
          <Standing goals={active} />
        </div>
        <div className={classes.tools}>
          <SegmentedControl
            size="xs"
            aria-label={t("goals.home.by.label")}
            value={by}
            onChange={(value) => navigate({ search: { by: value as Grouping }, replace: true })}
            data={(["objective", "owner", "need"] as const).map((value) => ({
              value,
              label: t(`goals.home.by.${value}`),
            }))}
          />
          {canEdit && (
            <ButtonLink
              to="/w/$workspace/goals/new"
              params={{ workspace: workspace.id }}
              leftSection={<IconPlus size={16} />}
            >
              {t("goal.new")}
            </ButtonLink>
          )}
        </div>
      </header>
      {groups.map((group) => (
        <section key={group.id ?? "none"} className={classes.group}>
          {by !== "need" && <header className={classes.groupHead}>{heading(group)}</header>}
          {rows(group.goals)}
        </section>
      ))}
      {past.length > 0 && (
        <details className={classes.group} open={active.length === 0}>
          <summary className={classes.past}>
            {t("goal.past")} <Count of={past.length} />
          </summary>
          {rows(past)}
        </details>
      )}
      {goals.data.some(({ computed_at }) => computed_at !== null) && (
        <p className={classes.foot}>
          <TextLink to="/w/$workspace/calibration" params={{ workspace: workspace.id }} size="sm">
            {t("goals.calibration.link")}
          </TextLink>
        </p>
      )}
    </div>
  );
}

function Count({ of }: { of: number }) {
  const f = useFormat();
  return <span className={classes.count}>{f.number(of)}</span>;
}

/** How many stand how, as one line. */
function Standing({ goals }: { goals: GoalSummary[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const counts = (["behind", "on_track", "ahead", "reached", "not_started", "unknown"] as const)
    .map((status) => ({ status, n: goals.filter(({ progress }) => progress.status === status).length }))
    .filter(({ n }) => n > 0);
  return (
    <p className={classes.standing}>
      {counts
        .map(({ status, n }) => t(`goals.home.count.${status}`, { count: n, n: f.number(n) }))
        .join(" · ")}
    </p>
  );
}
