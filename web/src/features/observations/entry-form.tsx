import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { observationsPath, type Series } from "@/api/dictionary";
import type { Unit } from "@/api/goals";
import { DayField } from "@/ui/day-field";
import { ProblemAlert } from "@/ui/page";
import { PlaceFields, type Typed, typedAt } from "@/ui/place-fields";
import { useHere } from "@/ui/workspace";
import classes from "./observations.module.css";

/** Today's figure, at each place where the series was read before. */
export function EntryForm(props: { one: Series; unit: Unit; today: string; onDone: () => void }) {
  const { one, unit, today } = props;
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [typed, setTyped] = useState<Typed>({});
  const [day, setDay] = useState(today);
  const places = one.last.map(({ dimensions, site_id, day, value }) => ({
    dimensions,
    site_id,
    last: { day, value },
  }));
  const known = typedAt(places, typed).map(({ dimensions, site_id, value }) => ({
    series: one.series,
    dimensions,
    day,
    value,
    site_id,
  }));
  const save = useMutation({
    mutationFn: () => call("POST", observationsPath(workspace.id), { observations: known }),
    onSuccess: () => {
      setTyped({});
      props.onDone();
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (known.length > 0) save.mutate();
  };
  return (
    <form className={classes.entry} onSubmit={send}>
      <PlaceFields
        places={places}
        unit={unit}
        label={(place) => place || one.name}
        className={classes.figure}
        typed={typed}
        onChange={setTyped}
      />
      <DayField
        label={t("dictionary.day")}
        value={day}
        max={today}
        onChange={(next) => setDay(next ?? today)}
      />
      <Button type="submit" loading={save.isPending} disabled={known.length === 0}>
        {t("dictionary.noteIt")}
      </Button>
      <div aria-live="polite" className={classes.wide}>
        <ProblemAlert problem={save.error} />
        {save.isSuccess && known.length === 0 && <p className={classes.soft}>{t("dictionary.noted")}</p>}
      </div>
    </form>
  );
}
