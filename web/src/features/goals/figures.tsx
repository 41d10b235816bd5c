import { useTranslation } from "react-i18next";
import type { Site } from "@/api/types";
import { Explain } from "@/ui/explain";
import { addDays, earlier, later } from "@/ui/format";
import { isMetric } from "@/ui/metrics";
import { metricMeaning, metricName } from "@/ui/words";
import { against } from "./against";
import classes from "./goals.module.css";
import type { SectionProps } from "./section";

/** The figures that say where a goal stands, and where it is heading. */
export function Figures({ goal, f, today, site }: SectionProps & { site: Site | undefined }) {
  const { t } = useTranslation();
  const { progress, outlook, unit } = goal;
  const amount = (value: number | null) => f.amount(unit, value);
  const started = progress.status !== "not_started";
  const gap =
    progress.actual === null || progress.expected === null ? null : progress.actual - progress.expected;
  const good = gap !== null && (goal.better === "more" ? gap >= 0 : gap <= 0);
  const end = outlook?.fan.at(-1);
  return (
    <div className={classes.standing}>
      <dl className={classes.figures}>
        <div className={classes.figure}>
          <dt>{goal.counting.kind === "sum" ? t("goal.soFar") : t("goals.figure.now")}</dt>
          <dd>
            {started ? amount(progress.actual) : "–"}
            {started && gap !== null && (
              <small className={good ? classes.gapGood : classes.gapBad}>{against(t, f, goal)}</small>
            )}
          </dd>
        </div>
        <div className={classes.figure}>
          <dt>{t("goals.figure.forecast")}</dt>
          <dd>
            {outlook && progress.days_left > 0 ? amount(outlook.expected) : "–"}
            {end && progress.days_left > 0 && (
              <small>{t("goals.figure.range", { low: amount(end.low), high: amount(end.high) })}</small>
            )}
          </dd>
        </div>
        <div className={classes.figure}>
          <dt>{t("goal.target")}</dt>
          <dd>
            {amount(goal.target.value)}
            <small>{t("goals.figure.baseline", { value: amount(goal.baseline.value) })}</small>
          </dd>
        </div>
        <div className={classes.figure}>
          <dt>{t("goal.timeLeft")}</dt>
          <dd>
            {progress.days_left > 0
              ? t("goal.days", { count: progress.days_left, n: f.number(progress.days_left) })
              : t("goal.over")}
            <small>
              {progress.days_left > 0
                ? t("goal.ofDays", { count: progress.days_total, n: f.number(progress.days_total) })
                : t("goal.overSince", { date: f.date(goal.deadline, "short") })}
            </small>
          </dd>
        </div>
      </dl>
      {site && isMetric(goal.metric) && (
        <div className={classes.explain}>
          <Explain
            site={site.id}
            range={{
              from: earlier(today, later(goal.start_date, addDays(today, -399))),
              to: earlier(goal.deadline, today),
            }}
            title={metricName(t, goal.metric_name)}
            meaning={metricMeaning(t, goal.metric)}
            query={{
              site_id: site.domain,
              metrics: [goal.metric],
              date_range: [goal.start_date, earlier(goal.deadline, today)],
              filters: goal.filters,
            }}
          />
        </div>
      )}
    </div>
  );
}
