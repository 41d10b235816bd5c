import { ActionIcon } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Annotation } from "@/api/goals";
import { sitePath } from "@/api/queries";
import { Chart, usePalette } from "@/ui/chart";
import { IconPencil, IconX } from "@/ui/icons";
import { useHere } from "@/ui/workspace";
import { AnnotationForm } from "./annotation-form";
import classes from "./goals.module.css";
import { barsOf, heightOf, notesOf, paceOption } from "./pace-option";
import { type SectionProps, useGoalChange } from "./section";

/** Where it should be, where it is, where it is heading: with the target, milestones, work and notes. */
export function PaceChart({ goal, today, f }: SectionProps) {
  const { t } = useTranslation();
  const palette = usePalette();
  const narrow = useMediaQuery("(max-width: 40em)") ?? false;
  const option = useMemo(
    () => paceOption({ goal, today, f, t, palette, narrow }),
    [goal, today, f, t, palette, narrow],
  );
  const amount = (value: number | null) => f.amount(goal.unit, value);
  const fanOf = new Map(goal.outlook?.fan.map((point) => [point.date, point]));
  const ahead = fanOf.size > 0 && goal.progress.days_left > 0;
  return (
    <div className={classes.chartBox}>
      <Chart
        option={option}
        height={heightOf(barsOf(goal))}
        summary={t("goal.chartSummary", {
          from: amount(goal.path[0]?.expected ?? null),
          target: amount(goal.target.value),
          deadline: f.date(goal.deadline),
          asOf: f.date(today),
          actual: amount(goal.progress.actual),
          expected: amount(goal.progress.expected),
        })}
        table={{
          head: [
            t("common.date"),
            t("goal.actualLegend"),
            t("goal.pathLegend"),
            ...(ahead ? [t("goals.chart.forecast"), t("goals.chart.band80")] : []),
          ],
          rows: goal.path.map(({ date, expected, actual }) => {
            const point = fanOf.get(date);
            return [
              f.date(date, "short"),
              amount(actual),
              amount(expected),
              ...(ahead
                ? [
                    amount(point?.expected ?? null),
                    point
                      ? t("goals.chart.between", { low: amount(point.low), high: amount(point.high) })
                      : "–",
                  ]
                : []),
            ];
          }),
        }}
        tools={
          <div className={classes.legend} aria-hidden="true">
            <span>
              <i />
              {t("goal.actualLegend")}
            </span>
            <span>
              <i className={classes.expected} />
              {t("goal.pathLegend")}
            </span>
            {ahead && (
              <span>
                <i className={classes.fan} />
                {t("goals.chart.fan")}
              </span>
            )}
            <span>
              <i className={classes.target} />
              {t("goal.target")}
            </span>
            {goal.milestones.length > 0 && (
              <span>
                <i className={classes.diamond} />
                {t("goals.milestone.many")}
              </span>
            )}
          </div>
        }
      />
      <Notes goal={goal} f={f} today={today} />
    </div>
  );
}

function Notes({ goal, f, today }: Pick<SectionProps, "goal" | "f" | "today">) {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const { changed } = useGoalChange(goal);
  const remove = useMutation({
    mutationFn: (id: string) => call("DELETE", `${sitePath(workspace.id, goal.site_id)}/annotations/${id}`),
    onSuccess: changed,
  });
  const [edited, setEdited] = useState<Annotation | null>(null);
  const notes = notesOf(goal);
  if (notes.length === 0) return null;
  return (
    <>
      <ol className={classes.notes} aria-label={t("goals.note.many")}>
        {notes.map((note, index) => (
          <li key={note.id}>
            <b>{f.number(index + 1)}</b>
            <span>
              {note.until
                ? t("notes.days", { from: f.day(note.date), to: f.day(note.until) })
                : f.day(note.date)}
            </span>
            <bdi>{note.text}</bdi>
            {note.known_cause && <em>{t("notes.known")}</em>}
            {canEdit && (
              <span className={classes.noPrint}>
                <ActionIcon
                  size="sm"
                  variant="subtle"
                  color="gray"
                  aria-label={t("notes.edit", { text: note.text })}
                  onClick={() => setEdited(note)}
                >
                  <IconPencil size={13} />
                </ActionIcon>
                <ActionIcon
                  size="sm"
                  variant="subtle"
                  color="gray"
                  aria-label={t("goals.note.remove", { text: note.text })}
                  onClick={() => remove.mutate(note.id)}
                >
                  <IconX size={13} />
                </ActionIcon>
              </span>
            )}
          </li>
        ))}
      </ol>
      {edited && <AnnotationForm goal={goal} today={today} note={edited} onClose={() => setEdited(null)} />}
    </>
  );
}
