import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { GoalSummary } from "@/api/goals";
import { useFormat } from "@/ui/format";
import { IconAlert } from "@/ui/icons";
import { StatusPill, toneOfProbability } from "@/ui/status";
import { useHere } from "@/ui/workspace";
import { against } from "./against";
import { reasonText } from "./reason";
import classes from "./row.module.css";
import { Spark } from "./spark";

/** A goal among others: what it is, how it stands and why, how likely it is. The whole row is a link. */
export function GoalRow({ goal, owner }: { goal: GoalSummary; owner: string | undefined }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const f = useFormat(goal.unit.currency ?? undefined);
  const { progress, probability, worst_verdict: worst } = goal;
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <div className={classes.meta}>
          <StatusPill status={progress.status} />
          {goal.name && goal.name !== goal.sentence && <bdi>{goal.name}</bdi>}
        </div>
        <h3 className={classes.sentence}>
          <Link to="/w/$workspace/goals/$goal" params={{ workspace: workspace.id, goal: goal.id }}>
            {goal.sentence}
          </Link>
        </h3>
        <p className={classes.why}>
          {(progress.trouble ?? (progress.days_left > 0 ? goal.gap_text : null) ?? goal.verdict_text) ||
            against(t, f, goal)}
        </p>
        {goal.reason ? (
          <p className={classes.verdict} data-level="warning">
            <IconAlert size={15} />
            <span>{reasonText(t, f, goal.unit, goal.reason)}</span>
          </p>
        ) : (
          worst &&
          worst.level !== "ok" && (
            <p className={classes.verdict} data-level={worst.level}>
              <IconAlert size={15} />
              <span>
                <span className="visually-hidden">{t(`letter.${worst.letter}.name`)}: </span>
                {worst.text}
              </span>
            </p>
          )
        )}
      </div>
      <div className={classes.course}>
        <Spark goal={goal} />
        <p>
          <b>{f.amount(goal.unit, progress.actual, { compact: true })}</b>
          <span> / {f.amount(goal.unit, goal.target.value, { compact: true })}</span>
        </p>
      </div>
      <div className={classes.chance} data-tone={toneOfProbability(probability)}>
        {probability !== null && progress.days_left > 0 && (
          <b>
            <span className="visually-hidden">{t("goals.probability")}: </span>
            {f.chance(probability)}
          </b>
        )}
        <small>
          {progress.days_left > 0
            ? t("goal.daysLeft", { count: progress.days_left, n: f.number(progress.days_left) })
            : t("goal.overSince", { date: f.date(goal.deadline, "short") })}
        </small>
        <small className={classes.owner}>{owner ?? t("goal.noOwner")}</small>
      </div>
    </li>
  );
}
