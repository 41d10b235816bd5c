import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { GoalDetail } from "@/api/goals";
import { workspacePath } from "@/api/queries";
import { DayField } from "@/ui/day-field";
import { addDays } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { ValueInput } from "@/ui/value-input";
import { useHere } from "@/ui/workspace";
import classes from "./goals.module.css";
import { type SectionProps, useGoalChange } from "./section";

/** "Followers today": a figure that a person reads somewhere and writes down here. */
export function ObservationEntry({
  goal,
  f,
  today,
  observations,
}: SectionProps & { observations: NonNullable<GoalDetail["observations"]> }) {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const { changed } = useGoalChange(goal);
  const [value, setValue] = useState<number | null>(null);
  const [day, setDay] = useState(today);
  const save = useMutation({
    mutationFn: () =>
      call("POST", `${workspacePath(workspace.id)}/observations`, {
        observations: [
          {
            series: observations.series,
            dimensions: observations.dimensions,
            day,
            value,
            site_id: goal.site_id,
          },
        ],
      }),
    onSuccess: async () => {
      setValue(null);
      notifications.show({ message: t("goals.observe.saved") });
      await changed();
    },
  });
  const { last, due } = observations;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (value !== null) save.mutate();
  };
  return (
    <Panel className={`${classes.observe} ${classes.noPrint}`} data-due={due || undefined}>
      <div>
        <h2>{t("goals.observe.title", { metric: goal.metric_name })}</h2>
        <p>
          {last
            ? t("goals.observe.last", {
                value: f.amount(goal.unit, last.value),
                date: f.date(last.day, "short"),
              })
            : t("goals.observe.never")}
          {due && last && ` ${t("goals.observe.due")}`}
          {!due &&
            last &&
            ` · ${t("dictionary.dueOn", {
              day: f.date(addDays(last.day, observations.every_days), "short"),
            })}`}
        </p>
      </div>
      {canEdit && (
        <form onSubmit={send}>
          <ValueInput
            unit={goal.unit}
            ariaLabel={goal.metric_name}
            placeholder={last ? f.amount(goal.unit, last.value) : undefined}
            value={value}
            onChange={setValue}
          />
          <DayField
            bare
            label={t("common.date")}
            value={day}
            max={today}
            onChange={(next) => setDay(next ?? today)}
          />
          <Button type="submit" loading={save.isPending} disabled={value === null}>
            {t("goals.observe.save")}
          </Button>
        </form>
      )}
      <ProblemAlert problem={save.error} />
    </Panel>
  );
}
