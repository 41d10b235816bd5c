import { ActionIcon, Alert, Menu, Modal, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { membersQuery, objectivesQuery, sitesQuery } from "@/api/queries";
import type { Goal, Letter } from "@/api/types";
import { Explain } from "@/ui/explain";
import { addDays, earlier, later, todayIn, useFormat } from "@/ui/format";
import { IconDots, IconSettings, IconTrash } from "@/ui/icons";
import { TextLink } from "@/ui/links";
import type { MetricName } from "@/ui/metrics";
import { Panel } from "@/ui/panel";
import { metricMeaning, metricName, segmentText } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import { DeleteGoal } from "./delete-goal";
import classes from "./goals.module.css";
import { PaceChart } from "./pace-chart";
import { Standing, Track } from "./standing";
import { StatusPill } from "./status-pill";
import { comparedWithBaseline, rates, sentence, subjectOf, verdict } from "./wording";

/** One goal, whole: the sentence, where it stands, its pace, and why it is a goal. */
export function GoalView({ goal, linked = false }: { goal: Goal; linked?: boolean }) {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const navigate = useNavigate();
  const sites = useQuery(sitesQuery(workspace.id));
  const members = useQuery(membersQuery(workspace.id));
  const objectives = useQuery(objectivesQuery(workspace.id));
  const site = sites.data?.find(({ id }) => id === goal.site_id);
  const owner = members.data?.find(({ user_id }) => user_id === goal.owner_id);
  const objective = objectives.data?.find(({ id }) => id === goal.objective_id);
  const f = useFormat(goal.currency ?? site?.currency);
  const [deleting, { open, close }] = useDisclosure();
  const params = { workspace: workspace.id, goal: goal.id };
  const text = sentence(t, f, goal);
  const today = todayIn(site?.time_zone ?? "UTC");
  const rate = rates(goal);
  const facts: Record<Letter, string> = {
    S: `${metricName(t, subjectOf(goal.metric, goal.filters))}${segmentText(t, f, goal.filters)}`,
    M: t("goal.baselineText", {
      value: f.metric(goal.metric, goal.baseline_value),
      from: f.date(goal.baseline_from, "short"),
      to: f.date(goal.baseline_to, "short"),
    }),
    A: comparedWithBaseline(t, f, goal) ?? `${t("goal.target")}: ${f.metric(goal.metric, goal.target_value)}`,
    R: objective?.name ?? t("goal.noObjective"),
    T: `${f.date(goal.start_date)} – ${f.date(goal.deadline)}`,
  };
  const words: Record<Letter, string> = {
    S: goal.words.specific,
    M: goal.words.measurable,
    A: goal.words.achievable,
    R: goal.words.relevant,
    T: goal.words.time_bound,
  };
  return (
    <article>
      <header className={classes.heroHead}>
        <div>
          <div className={classes.eyebrow}>
            <StatusPill status={goal.progress.status} />
            {goal.name && goal.name !== goal.sentence && <bdi>{goal.name}</bdi>}
            {site && <span>{site.name || site.domain}</span>}
            {owner && <span>{owner.name || owner.email}</span>}
          </div>
          <Title order={linked ? 2 : 1} className={`${classes.sentence} ${classes.large}`}>
            {linked ? (
              <Link
                to="/w/$workspace/goals/$goal"
                params={params}
                style={{ color: "inherit", textDecoration: "none" }}
              >
                {text}
              </Link>
            ) : (
              text
            )}
          </Title>
          <p className={classes.verdict}>{verdict(t, f, goal)}</p>
        </div>
        {canEdit && (
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <ActionIcon variant="default" size="lg" aria-label={t("goal.edit")}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconSettings size={16} />}
                onClick={() => navigate({ to: "/w/$workspace/goals/$goal/edit", params })}
              >
                {t("goal.edit")}
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={open}>
                {t("goal.delete")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </header>

      {goal.progress.trouble && (
        <Alert color="orange" title={t("goal.trouble")} mb="md">
          {goal.progress.trouble}
        </Alert>
      )}

      <Panel padded={false} aria-label={t("goal.path")}>
        <Standing goal={goal} f={f} />
        {site && !linked && (
          <div className={classes.explain}>
            <Explain
              site={site.id}
              range={{
                from: earlier(today, later(goal.start_date, addDays(today, -399))),
                to: earlier(goal.deadline, today),
              }}
              title={metricName(t, goal.metric as MetricName)}
              meaning={metricMeaning(t, goal.metric as MetricName)}
              query={{
                site_id: site.domain,
                metrics: [goal.metric],
                date_range: [goal.start_date, earlier(goal.deadline, today)],
                filters: goal.filters,
              }}
            />
          </div>
        )}
        <div className={classes.chartBox}>
          <PaceChart goal={goal} today={today} f={f} />
        </div>
        <Track goal={goal} f={f} />
      </Panel>

      {!linked && (
        <div className={classes.below}>
          <Panel>
            <h2>{t("goal.letters")}</h2>
            <ul className={classes.letters}>
              {(["S", "M", "A", "R", "T"] as const).map((letter) => (
                <li key={letter}>
                  <span className={classes.letter} aria-hidden="true">
                    {letter}
                  </span>
                  <div>
                    <b>{t(`letter.${letter}.name`)}</b>
                    {words[letter] && <p dir="auto">{words[letter]}</p>}
                    <p className={classes.fact}>{facts[letter]}</p>
                  </div>
                </li>
              ))}
            </ul>
          </Panel>
          <Panel>
            <h2>{t("goal.facts")}</h2>
            <dl className={classes.facts}>
              {rate && (
                <div>
                  <dt>{t("goal.rate")}</dt>
                  <dd>
                    {t("goal.requiredNote", {
                      rate: f.rate(goal.metric, rate.needed),
                      pace: f.rate(goal.metric, rate.pace),
                    })}
                  </dd>
                </div>
              )}
              <div>
                <dt>{t("goal.owner")}</dt>
                <dd>{owner ? owner.name || owner.email : t("goal.noOwner")}</dd>
              </div>
              {site && (
                <div>
                  <dt>{t("goal.site")}</dt>
                  <dd>
                    <TextLink
                      to="/w/$workspace/sites/$site"
                      params={{ workspace: workspace.id, site: site.id }}
                      search={{ f: goal.filters.length > 0 ? goal.filters : undefined }}
                    >
                      {site.domain}
                      {segmentText(t, f, goal.filters)}
                    </TextLink>
                  </dd>
                </div>
              )}
            </dl>
          </Panel>
        </div>
      )}
      <Modal
        opened={deleting}
        onClose={close}
        title={t("goal.delete")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <DeleteGoal goal={goal.id} onClose={close} />
      </Modal>
    </article>
  );
}
