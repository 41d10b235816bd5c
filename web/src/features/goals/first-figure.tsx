import { Button, Group, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { MetricFacts } from "@/api/dictionary";
import { workspacePath } from "@/api/queries";
import { DayField } from "@/ui/day-field";
import { todayIn } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { ValueInput } from "@/ui/value-input";
import { useHere } from "@/ui/workspace";
import type { StepProps } from "./goal-wizard";
import { placesOf } from "./places";

/** Where an entered figure stands today, at each of its places: without it there is nothing to start from. */
export function FirstFigure({ draft, site, metric, refresh }: StepProps & { metric: MetricFacts }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const today = todayIn(site.time_zone);
  const places = placesOf(draft.filters);
  const [values, setValues] = useState<Record<number, number | null>>({});
  const [day, setDay] = useState(today);
  const known = places.flatMap((dimensions, at) => {
    const value = values[at] ?? null;
    return value === null ? [] : [{ series: metric.key, dimensions, day, value, site_id: site.id }];
  });
  const save = useMutation({
    mutationFn: () => call("POST", `${workspacePath(workspace.id)}/observations`, { observations: known }),
    onSuccess: async () => {
      setValues({});
      await client.invalidateQueries({ queryKey: [workspace.id, "metric-values"] });
      refresh();
    },
  });
  const title = t("goals.observe.title", { metric: metric.name });
  return (
    <div>
      <Group align="flex-end" gap={10}>
        <Stack gap={8} flex={1} miw={220}>
          {places.map((dimensions, at) => {
            const place = Object.values(dimensions).join(", ");
            return (
              <ValueInput
                key={place}
                unit={metric.unit}
                label={place ? `${title} (${place})` : title}
                description={at === 0 ? t("goals.observe.first") : undefined}
                value={values[at] ?? null}
                onChange={(value) => setValues({ ...values, [at]: value })}
              />
            );
          })}
        </Stack>
        <DayField
          label={t("common.date")}
          value={day}
          max={today}
          onChange={(next) => setDay(next ?? today)}
        />
        <Button
          variant="default"
          disabled={known.length === 0}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t("goals.observe.save")}
        </Button>
      </Group>
      <ProblemAlert problem={save.error} />
    </div>
  );
}
