import { Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { goalsQuery, sitesQuery } from "@/api/queries";
import type { Goal } from "@/api/types";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { ButtonLink } from "@/ui/links";
import { Page, ProblemAlert } from "@/ui/page";
import pageClasses from "@/ui/page.module.css";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import { GoalView } from "./goal-view";
import classes from "./goals.module.css";
import { MiniPace } from "./mini-pace";
import { StatusPill } from "./status-pill";
import { isActive, sentence } from "./wording";

/** Home: the goal that is due first, then the others. With a single goal, that goal alone. */
export function GoalsPage() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const goals = useQuery({ ...goalsQuery(workspace.id), refetchInterval: 60_000 });
  useDocumentTitle(`${t("goal.title")} · ${t("brand")}`);

  if (goals.isPending) {
    return (
      <div className={pageClasses.page}>
        <Skeleton height={120} mb="lg" />
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

  const byDeadline = [...goals.data].sort((a, b) => a.deadline.localeCompare(b.deadline));
  const active = byDeadline.filter(isActive);
  const past = byDeadline.filter((goal) => !isActive(goal)).reverse();
  const [focus, ...others] = active;
  const create = canEdit && (
    <ButtonLink
      to="/w/$workspace/goals/new"
      params={{ workspace: workspace.id }}
      leftSection={<IconPlus size={16} />}
      variant={focus ? "default" : "filled"}
    >
      {t("goal.new")}
    </ButtonLink>
  );
  const alone = active.length === 1 && past.length === 0;
  return (
    <div className={pageClasses.page}>
      <header className={pageClasses.head}>
        {alone ? (
          <span />
        ) : (
          <h1 style={{ fontSize: "1.05rem", color: "var(--ink-soft)", fontWeight: 560 }}>
            {t("goal.title")}
          </h1>
        )}
        {create}
      </header>
      {focus && <GoalView goal={focus} linked={!alone} />}
      {others.length > 0 && <Cards title={t("goal.others")} goals={others} />}
      {past.length > 0 && <Cards title={t("goal.past")} goals={past} />}
    </div>
  );
}

function Cards({ title, goals }: { title: string; goals: Goal[] }) {
  return (
    <section>
      <h2 className={classes.sectionTitle}>{title}</h2>
      <div className={classes.cards}>
        {goals.map((goal) => (
          <GoalCard key={goal.id} goal={goal} />
        ))}
      </div>
    </section>
  );
}

function GoalCard({ goal }: { goal: Goal }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const f = useFormat(goal.currency ?? undefined);
  const { progress } = goal;
  return (
    <Link
      to="/w/$workspace/goals/$goal"
      params={{ workspace: workspace.id, goal: goal.id }}
      className={classes.card}
    >
      <div className={classes.eyebrow}>
        <StatusPill status={progress.status} />
        {goal.name && goal.name !== goal.sentence && <span>{goal.name}</span>}
      </div>
      <h3 className={`${classes.sentence} ${classes.small}`}>{sentence(t, f, goal)}</h3>
      <MiniPace goal={goal} />
      <div className={classes.cardFoot}>
        <span>
          <b>{f.metric(goal.metric, progress.actual, { compact: true })}</b> /{" "}
          {f.metric(goal.metric, goal.target_value, { compact: true })}
        </span>
        <span>
          {progress.days_left > 0
            ? t("goal.daysLeft", { count: progress.days_left, n: f.number(progress.days_left) })
            : t("goal.overSince", { date: f.date(goal.deadline, "short") })}
        </span>
      </div>
    </Link>
  );
}

function Welcome() {
  const { t } = useTranslation();
  const { workspace, canEdit, canAdmin } = useHere();
  const sites = useQuery(sitesQuery(workspace.id));
  const siteless = sites.data?.length === 0;
  return (
    <div className={pageClasses.page}>
      <Panel padded={false}>
        <div className={classes.welcome}>
          <h1 className={classes.sentence}>{siteless ? t("goal.needSite") : t("goal.empty")}</h1>
          <p>{siteless ? t("goal.needSiteText") : t("goal.emptyText")}</p>
          {!siteless && (
            <p>
              <em>{t("goal.emptyExample")}</em>
            </p>
          )}
          {siteless
            ? canAdmin && (
                <ButtonLink
                  to="/w/$workspace/sites/new"
                  params={{ workspace: workspace.id }}
                  size="md"
                  mt="xl"
                >
                  {t("nav.addSite")}
                </ButtonLink>
              )
            : canEdit && (
                <ButtonLink
                  to="/w/$workspace/goals/new"
                  params={{ workspace: workspace.id }}
                  size="md"
                  mt="xl"
                >
                  {t("goal.emptyStart")}
                </ButtonLink>
              )}
        </div>
      </Panel>
    </div>
  );
}
