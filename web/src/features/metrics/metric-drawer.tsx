import { Button, Code, Drawer, Group, Skeleton, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { lastWeeksQuery, type Metric, metricsPath, seriesQuery } from "@/api/dictionary";
import { Delta } from "@/ui/change";
import { ConfirmButton } from "@/ui/confirm";
import { addDays, useFormat } from "@/ui/format";
import { ButtonLink, TextLink } from "@/ui/links";
import { useHere } from "@/ui/workspace";
import { courseOf } from "./course";
import { Course } from "./course-chart";
import { unitText } from "./metric-card";
import { MetricLines } from "./metric-lines";
import classes from "./metrics.module.css";
import { formulaText } from "./words";

/** All that is known of a metric: its figure, what it counts, its versions, and where it is used. */
export function MetricDrawer(props: {
  metric: Metric;
  metrics: Metric[];
  site: string;
  owner?: string;
  onEdit: () => void;
  onCopy: () => void;
  onClose: () => void;
}) {
  const { metric } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  return (
    <Drawer
      opened
      position="right"
      size="min(640px, 100vw)"
      onClose={props.onClose}
      title={<bdi className={classes.title}>{metric.name}</bdi>}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack gap="lg">
        {metric.description && <p className={classes.text}>{metric.description}</p>}
        <Weeks metric={metric} site={props.site} />
        <dl className={classes.dl}>
          <dt>{t("dictionary.counts")}</dt>
          <dd>
            {formulaText(t, f, metric.formula, props.metrics)}
            {metric.formula.kind === "sql" && (
              <Code block dir="ltr">
                {metric.formula.expression}
              </Code>
            )}
          </dd>
          <dt>{t("dictionary.unit")}</dt>
          <dd>{unitText(t, metric)}</dd>
          <dt>{t("dictionary.better")}</dt>
          <dd>{t(metric.better === "less" ? "dictionary.less" : "dictionary.more")}</dd>
          {!metric.ready && (
            <>
              <dt>{t("dictionary.owner")}</dt>
              <dd>{props.owner ? <bdi>{props.owner}</bdi> : t("dictionary.noOwner")}</dd>
            </>
          )}
          <dt>{t("dictionary.key")}</dt>
          <dd>
            <Code dir="ltr">{metric.key}</Code>
          </dd>
        </dl>
        {props.site && !metric.needs && <MetricLines metric={metric} site={props.site} />}
        <Uses metric={metric} />
        {metric.versions.length > 0 && <Versions metric={metric} metrics={props.metrics} />}
        {canEdit && (
          <Group justify="space-between">
            <Group>
              {!metric.ready && <Button onClick={props.onEdit}>{t("common.edit")}</Button>}
              <Button variant="default" onClick={props.onCopy}>
                {t("dictionary.copy")}
              </Button>
            </Group>
            {!metric.ready && (
              <ConfirmButton
                label={t("common.delete")}
                title={t("dictionary.remove", { name: metric.name })}
                text={t("dictionary.removeText")}
                confirm={t("common.delete")}
                action={async () => {
                  await call("DELETE", `${metricsPath(workspace.id)}/${metric.key}`);
                  await client.invalidateQueries({ queryKey: [workspace.id, "metrics"] });
                  props.onClose();
                }}
              />
            )}
          </Group>
        )}
      </Stack>
    </Drawer>
  );
}

function Weeks({ metric, site }: { metric: Metric; site: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const values = useQuery({
    ...lastWeeksQuery(workspace.id, metric.key, site),
    enabled: !metric.needs && site !== "",
  });
  const all = useQuery({ ...seriesQuery(workspace.id), enabled: metric.observed }).data ?? [];
  const due = all.find(({ series }) => metric.series.includes(series))?.due;
  if (metric.needs) {
    return (
      <p className={classes.soft}>
        {t(metric.needs === "page" ? "dictionary.needsPage" : "dictionary.needsConversion")}
      </p>
    );
  }
  const found = values.data;
  if (!found && !values.error) return <Skeleton height={260} />;
  return (
    <div>
      <p className={classes.headline}>
        <b className={classes.big}>{found ? f.amount(found.unit, found.value) : "–"}</b>
        {found && typeof found.change === "number" && (
          <Delta better={metric.better} points={found.nature === "share"} value={found.change} />
        )}
        <span className={classes.soft}>
          {found?.value === null || !found
            ? t(metric.observed ? "dictionary.noReadings" : "dictionary.noFigures")
            : t("dictionary.overDays", { from: f.date(found.from, "short"), to: f.date(found.to, "short") })}
          {typeof found?.before === "number" &&
            ` · ${t("dictionary.before", { value: f.amount(found.unit, found.before) })}`}
        </span>
      </p>
      {metric.observed && (
        <Group gap="sm" mb="sm">
          <ButtonLink
            size="compact-sm"
            variant="light"
            to="/w/$workspace/settings/observations"
            params={{ workspace: workspace.id }}
            search={{ series: metric.series[0] }}
          >
            {t("dictionary.enter")}
          </ButtonLink>
          {due && due.late_days >= 0 && (
            <span className={classes.due}>
              {due.late_days === 0
                ? t("dictionary.dueToday")
                : t("dictionary.late", { n: f.number(due.late_days) })}
            </span>
          )}
        </Group>
      )}
      {found && found.days.length > 0 && (
        <Course course={courseOf(found)} unit={found.unit} title={metric.name} />
      )}
    </div>
  );
}

function Uses({ metric }: { metric: Metric }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  return (
    <section>
      <h3 className={classes.h3}>{t("dictionary.usedBy")}</h3>
      {metric.used_by.length === 0 && <p className={classes.soft}>{t("dictionary.unused")}</p>}
      <ul className={classes.uses}>
        {metric.used_by.map(({ kind, id, name }) => (
          <li key={`${kind} ${id}`}>
            <span className={classes.soft}>
              {t(kind === "goal" ? "dictionary.goal" : "dictionary.board")}
            </span>{" "}
            {kind === "goal" ? (
              <TextLink to="/w/$workspace/goals/$goal" params={{ workspace: workspace.id, goal: id }}>
                <bdi>{name || id}</bdi>
              </TextLink>
            ) : (
              <TextLink to="/w/$workspace/boards/$board" params={{ workspace: workspace.id, board: id }}>
                <bdi>{name}</bdi>
              </TextLink>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The newest first, each with the days it holds on. */
function Versions({ metric, metrics }: { metric: Metric; metrics: Metric[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <section>
      <h3 className={classes.h3}>{t("dictionary.versions")}</h3>
      <ol className={classes.versions} reversed>
        {metric.versions.toReversed().map((version) => {
          const next = metric.versions.find(({ number }) => number === version.number + 1);
          const from = f.date(version.valid_from, "short");
          const days = next
            ? version.number === 1
              ? t("dictionary.untilDay", { to: f.date(addDays(next.valid_from, -1), "short") })
              : t("dictionary.fromTo", { from, to: f.date(addDays(next.valid_from, -1), "short") })
            : version.number === 1
              ? t("dictionary.always")
              : t("dictionary.fromDay", { from });
          return (
            <li key={version.number}>
              <p className={classes.versionHead}>
                <b>{t("dictionary.version", { n: f.number(version.number) })}</b> · {days}
              </p>
              <p>{formulaText(t, f, version.formula, metrics)}</p>
              {version.formula.kind === "sql" && (
                <Code block dir="ltr">
                  {version.formula.expression}
                </Code>
              )}
              {version.note && <p className={classes.text}>{version.note}</p>}
              <p className={classes.soft}>
                {t("dictionary.written", {
                  by: `\u2068${version.author}\u2069`,
                  at: f.instant(version.created_at),
                })}
              </p>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
