import { Checkbox, Select, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Review } from "@/api/goals";
import { ButtonLink } from "@/ui/links";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./goals.module.css";
import reviewClasses from "./reviews.module.css";
import { RHYTHMS } from "./rhythm";
import { type SectionProps, useGoalChange } from "./section";

/** When the goal is looked at together, what was decided then, and what that did. */
export function Reviews(props: SectionProps) {
  const { goal, f } = props;
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const { path, changed } = useGoalChange(goal);
  const rhythm = useMutation({
    mutationFn: (review_rhythm: string | null) =>
      call("PATCH", path, { version: goal.version, review_rhythm }),
    onSuccess: changed,
  });
  const { next_day: next, late_days: late } = goal.review;
  const list = [...goal.reviews].sort((a, b) => b.day.localeCompare(a.day));
  return (
    <Panel className={classes.block}>
      <header className={classes.blockHead}>
        <div>
          <Title order={2}>{t("goals.review.many")}</Title>
          <p className={classes.itemNote}>
            {next
              ? late > 0
                ? t("goals.review.late", { date: f.date(next), count: late, n: f.number(late) })
                : t("goals.review.next", { date: f.date(next) })
              : t("goals.review.unplanned")}
          </p>
        </div>
        {canEdit && (
          <div className={`${classes.noPrint} ${reviewClasses.tools}`}>
            <Select
              size="xs"
              w={170}
              aria-label={t("goals.review.rhythm")}
              placeholder={t("goals.review.rhythm")}
              clearable
              data={RHYTHMS.map(({ value, key }) => ({ value, label: t(`goals.review.rhythms.${key}`) }))}
              value={goal.review.rhythm}
              onChange={(value) => rhythm.mutate(value)}
            />
            <ButtonLink
              to="/w/$workspace/goals/$goal/review"
              params={{ workspace: workspace.id, goal: goal.id }}
              size="compact-md"
              variant="light"
            >
              {t("goals.review.hold")}
            </ButtonLink>
          </div>
        )}
      </header>
      <ProblemAlert problem={rhythm.error} />
      {list.length === 0 && <p className={classes.lead}>{t("goals.review.empty")}</p>}
      <ul className={reviewClasses.list}>
        {list.map((review) => (
          <Held key={review.id} {...props} review={review} />
        ))}
      </ul>
    </Panel>
  );
}

function Held({ goal, f, people, review }: SectionProps & { review: Review }) {
  const { t } = useTranslation();
  const { canEdit } = useHere();
  const { path, changed } = useGoalChange(goal);
  const by = people.find(({ value }) => value === review.by)?.label;
  const tick = useMutation({
    mutationFn: (at: number) =>
      call("PATCH", `${path}/reviews/${review.id}`, {
        next_steps: review.next_steps.map((step, index) =>
          index === at ? { ...step, done: !step.done } : step,
        ),
      }),
    onSuccess: changed,
  });
  const mean =
    review.ratings && review.ratings.reduce((sum, rating) => sum + rating, 0) / review.ratings.length;
  return (
    <li className={reviewClasses.review}>
      <div className={reviewClasses.when}>
        <b>{f.date(review.day, "short")}</b>
        {by && <span>{by}</span>}
        {review.ratings && mean !== null && (
          <span className={reviewClasses.rating}>
            {t("goals.review.rated", { mean: f.number(mean, 1), most: f.number(5) })}
          </span>
        )}
      </div>
      <div className={reviewClasses.body}>
        {review.changes.length > 0 && <p className={classes.itemNote}>{review.changes.join(" ")}</p>}
        {review.learned && <p dir="auto">{review.learned}</p>}
        {review.decisions.map(({ text, effect }) => (
          <div key={text} className={reviewClasses.decision}>
            <b>{t("goals.review.decided")}</b> <bdi>{text}</bdi>
            {effect && (
              <p className={reviewClasses.effect} data-clear={effect.clear || undefined}>
                {effect.text}
              </p>
            )}
          </div>
        ))}
        {review.next_steps.map(({ text, done }, at) => (
          <Checkbox
            key={text}
            size="xs"
            label={<bdi>{text}</bdi>}
            checked={done}
            disabled={!canEdit || tick.isPending}
            onChange={() => tick.mutate(at)}
          />
        ))}
        <ProblemAlert problem={tick.error} />
      </div>
    </li>
  );
}
