import { Button, Group, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { readingsQuery, type Series } from "@/api/dictionary";
import type { Unit } from "@/api/goals";
import { addDays, useFormat } from "@/ui/format";
import { IconCalendar, IconPlus } from "@/ui/icons";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import { EntryForm } from "./entry-form";
import classes from "./observations.module.css";
import { ReadingList } from "./reading-list";
import { SeriesChart } from "./series-chart";

/** A series: whether it is due, its values as a chart, today's entry, and every reading. */
export function SeriesPanel(props: {
  one: Series;
  unit: Unit;
  today: string;
  /** Whether somebody came for this one. */
  wanted: boolean;
  onOther: () => void;
  onDone: () => void;
}) {
  const { one, unit, today } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canEdit } = useHere();
  const readings = useQuery(readingsQuery(workspace.id, one.series, addDays(today, -365)));
  const [listed, { toggle }] = useDisclosure();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (props.wanted) panel.current?.scrollIntoView({ block: "start" });
  }, [props.wanted]);
  const title = `series-${one.series}`;
  return (
    <Panel ref={panel} aria-labelledby={title} data-series={one.series}>
      <header className={classes.head}>
        <h3 id={title} className={classes.h3}>
          <bdi>{one.name}</bdi>
        </h3>
        <DuePill one={one} />
      </header>
      {readings.data ? (
        <SeriesChart readings={readings.data} unit={unit} title={one.name} />
      ) : (
        <Skeleton height={200} />
      )}
      {canEdit && <EntryForm one={one} unit={unit} today={today} onDone={props.onDone} />}
      <Group mt="sm" gap="xs">
        {canEdit && (
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={props.onOther}
          >
            {t("dictionary.otherPlace")}
          </Button>
        )}
        <Button variant="subtle" color="gray" size="compact-sm" aria-expanded={listed} onClick={toggle}>
          {t("dictionary.allReadings", { n: f.number(one.readings) })}
        </Button>
      </Group>
      {listed && readings.data && <ReadingList readings={readings.data} unit={unit} onDone={props.onDone} />}
    </Panel>
  );
}

/** When the next figure is to be read. */
function DuePill({ one }: { one: Series }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { due } = one;
  if (!due) return null;
  const late = due.late_days;
  return (
    <span className={classes.due} data-due={late >= 0 || undefined}>
      <IconCalendar size={14} />
      {late > 0
        ? t("dictionary.late", { n: f.number(late) })
        : late === 0
          ? t("dictionary.dueToday")
          : t("dictionary.dueOn", { day: f.date(due.next_day, "short") })}
      <span className={classes.soft}>{t("dictionary.every", { n: f.number(due.every_days) })}</span>
    </span>
  );
}
