import { useTranslation } from "react-i18next";
import type { Goal } from "@/api/types";
import type { Formatter } from "@/ui/format";
import { betterOf } from "@/ui/metrics";
import { signedText } from "@/ui/words";
import classes from "./goals.module.css";

/** The four figures that say where a goal stands. */
export function Standing({ goal, f }: { goal: Goal; f: Formatter }) {
  const { t } = useTranslation();
  const { progress } = goal;
  const amount = (value: number | null) => f.metric(goal.metric, value);
  const started = progress.status !== "not_started";
  const gap = (progress.actual ?? 0) - progress.expected;
  const upward = goal.target_value >= goal.baseline_value;
  const good = (goal.kind === "total" ? betterOf(goal.metric) === "more" : upward) ? gap >= 0 : gap <= 0;
  return (
    <dl className={classes.figures}>
      <div className={classes.figure}>
        <dt>{goal.kind === "total" ? t("goal.soFar") : t("goal.lastWeek")}</dt>
        <dd>
          {started ? amount(progress.actual) : "–"}
          {started && (
            <small className={good ? classes.gapGood : classes.gapBad}>
              <bdi>{signedText(t, f, goal.metric, gap)}</bdi> · {t("goal.gap")}
            </small>
          )}
        </dd>
      </div>
      <div className={classes.figure}>
        <dt>{t("goal.expected")}</dt>
        <dd>{started ? amount(progress.expected) : "–"}</dd>
      </div>
      <div className={classes.figure}>
        <dt>{t("goal.target")}</dt>
        <dd>
          {amount(goal.target_value)}
          {goal.kind === "total" && started && progress.status !== "reached" && (
            <small>
              {t("goal.toGo")}: {amount(Math.max(0, goal.target_value - (progress.actual ?? 0)))}
            </small>
          )}
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
  );
}

/** How much of the way is done, and how much should be. */
export function Track({ goal, f }: { goal: Goal; f: Formatter }) {
  const { t } = useTranslation();
  const done = Math.max(0, goal.progress.progress_share * 100);
  const due = Math.max(0, goal.progress.expected_share * 100);
  const text = t("goal.progressOf", { progress: f.percent(done, 0), expected: f.percent(due, 0) });
  return (
    <div className={classes.track}>
      <div
        className={classes.trackBar}
        role="progressbar"
        aria-label={t("goal.progress")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(Math.min(100, done))}
        aria-valuetext={text}
      >
        <span className={classes.trackFill} style={{ width: `${Math.min(100, done)}%` }} />
        <span className={classes.trackMark} style={{ insetInlineStart: `${Math.min(100, due)}%` }} />
      </div>
      <p className={classes.trackText}>
        <span>{text}</span>
        <span>{t("goal.asOf", { time: f.instant(goal.progress.as_of) })}</span>
      </p>
    </div>
  );
}
