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
import { PlaceFields, type Typed, typedAt } from "@/ui/place-fields";
import { useHere } from "@/ui/workspace";
import classes from "./goals.module.css";
import { type SectionProps, useGoalChange } from "./section";

/** "Followers today": a figure that a person reads somewhere and writes down here, for each place of it. */
export function ObservationEntry({
  goal,
  f,
  today,
  observations,
}: SectionProps & { observations: NonNullable<GoalDetail["observations"]> }) {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const { changed } = useGoalChange(goal);
  const [typed, setTyped] = useState<Typed>({});
  const [day, setDay] = useState(today);
  const { last, due, series, places } = observations;
  const known = typedAt(places, typed).map(({ dimensions, value }) => ({
    series,
    dimensions,
    day,
    value,
    site_id: goal.site_id,
  }));
  const save = useMutation({
    mutationFn: () =>
      call("POST", `${workspacePath(workspace.id)}/observations`, { goal_id: goal.id, observations: known }),
    onSuccess: async () => {
      setTyped({});
      notifications.show({ message: t("goals.observe.saved") });
      await changed();
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (known.length > 0) save.mutate();
  };
  const read = places.some((place) => place.last);
  const title = t("goals.observe.title", { metric: goal.metric_name });
  return (
    <Panel className={`${classes.observe} ${classes.noPrint}`} data-due={due || undefined}>
      <div>
        <h2>{title}</h2>
        <p>
          {!read && t("goals.observe.never")}
          {due && read && t("goals.observe.due")}
          {!due &&
            last &&
            t("dictionary.dueOn", { day: f.date(addDays(last.day, observations.every_days), "short") })}
        </p>
      </div>
      {canEdit && (
        <form onSubmit={send}>
          <PlaceFields
            places={places}
            unit={goal.unit}
            label={(place) => place || title}
            typed={typed}
            onChange={setTyped}
          />
          <DayField
            label={t("common.date")}
            value={day}
            max={today}
            onChange={(next) => setDay(next ?? today)}
          />
          <Button type="submit" loading={save.isPending} disabled={known.length === 0}>
            {t("goals.observe.save")}
          </Button>
        </form>
      )}
      <ProblemAlert problem={save.error} />
    </Panel>
  );
}
