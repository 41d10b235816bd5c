import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { observationsPath, type Series } from "@/api/dictionary";
import type { Unit } from "@/api/goals";
import { DayField } from "@/ui/day-field";
import { useFormat } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { ValueInput } from "@/ui/value-input";
import { useHere } from "@/ui/workspace";
import classes from "./observations.module.css";
import { placeText } from "./units";

/** Today's figure, at each place where the series was read before. */
export function EntryForm(props: { one: Series; unit: Unit; today: string; onDone: () => void }) {
  const { one, unit, today } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const [values, setValues] = useState<Record<string, number | null>>({});
  const [day, setDay] = useState(today);
  const keyOf = (dimensions: Record<string, string>) => JSON.stringify(dimensions);
  const known = one.last.flatMap(({ dimensions, site_id }) => {
    const value = values[keyOf(dimensions)] ?? null;
    return value === null ? [] : [{ series: one.series, dimensions, day, value, site_id }];
  });
  const save = useMutation({
    mutationFn: () => call("POST", observationsPath(workspace.id), { observations: known }),
    onSuccess: () => {
      setValues({});
      props.onDone();
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (known.length > 0) save.mutate();
  };
  return (
    <form className={classes.entry} onSubmit={send}>
      {one.last.map(({ dimensions, value, day: last }) => {
        const place = placeText(dimensions);
        const key = keyOf(dimensions);
        return (
          <div key={key} className={classes.figure}>
            <ValueInput
              unit={unit}
              label={place || one.name}
              description={t("dictionary.lastWas", { value: f.amount(unit, value), day: f.day(last) })}
              value={values[key] ?? null}
              onChange={(next) => setValues((before) => ({ ...before, [key]: next }))}
            />
          </div>
        );
      })}
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
