import { Button, Group, Input, SimpleGrid } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { DayField } from "@/ui/day-field";
import { todayIn, useFormat } from "@/ui/format";
import { addMonths, lengthOf, quarterEnd } from "./draft";
import type { StepProps } from "./goal-wizard";
import { OwnWords } from "./own-words";
import classes from "./wizard.module.css";

/** T: start and deadline. */
export function TimeStep({ draft, change, site }: StepProps) {
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const today = todayIn(site.time_zone);
  const from = draft.start_date ?? today;
  const backwards = Boolean(draft.start_date && draft.deadline && draft.start_date >= draft.deadline);
  const quick = [
    ...[1, 3, 6, 12].map((months) => ({
      label: t("wizard.inMonths", { count: months, n: f.number(months) }),
      date: addMonths(from, months),
    })),
    { label: t("wizard.quarterEnd"), date: quarterEnd(from) },
    { label: t("wizard.yearEnd"), date: `${from.slice(0, 4)}-12-31` },
  ];
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <DayField
          label={t("wizard.start")}
          value={draft.start_date}
          onChange={(date) => change({ start_date: date })}
        />
        <DayField
          label={t("wizard.deadline")}
          min={draft.start_date ?? undefined}
          value={draft.deadline}
          error={backwards ? t("wizard.deadlineBeforeStart") : undefined}
          onChange={(date) => change({ deadline: date })}
        />
      </SimpleGrid>
      <Input.Wrapper label={t("wizard.quick")} labelElement="div">
        <Group gap={6} mt={6}>
          {quick.map(({ label, date }) => (
            <Button
              key={label}
              size="compact-sm"
              variant={draft.deadline === date ? "light" : "default"}
              disabled={date <= from}
              onClick={() => change({ deadline: date })}
            >
              {label}
            </Button>
          ))}
        </Group>
      </Input.Wrapper>
      {lengthOf(draft) > 0 && (
        <p className={classes.note}>{t("wizard.length", { n: f.number(lengthOf(draft)) })}</p>
      )}
      <OwnWords letter="T" draft={draft} change={change} />
    </>
  );
}
