import { Button, Group, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { MetricFacts } from "@/api/dictionary";
import type { GoalPreview } from "@/api/goals";
import { workspacePath } from "@/api/queries";
import { DayField } from "@/ui/day-field";
import { todayIn } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { PlaceFields, type Typed, typedAt } from "@/ui/place-fields";
import { useHere } from "@/ui/workspace";
import type { StepProps } from "./goal-wizard";

/** Where an entered figure stands today, at each of its places: without it there is nothing to start from. */
export function FirstFigure({
  site,
  metric,
  observations,
  refresh,
}: StepProps & { metric: MetricFacts; observations: NonNullable<GoalPreview["observations"]> }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const today = todayIn(site.time_zone);
  const { series, places } = observations;
  const [typed, setTyped] = useState<Typed>({});
  const [day, setDay] = useState(today);
  const known = typedAt(places, typed).map(({ dimensions, value }) => ({
    series,
    dimensions,
    day,
    value,
    site_id: site.id,
  }));
  const save = useMutation({
    mutationFn: () => call("POST", `${workspacePath(workspace.id)}/observations`, { observations: known }),
    onSuccess: async () => {
      setTyped({});
      await client.invalidateQueries({ queryKey: [workspace.id, "metric-values"] });
      refresh();
    },
  });
  const title = t("goals.observe.title", { metric: metric.name });
  return (
    <div>
      <Group align="flex-end" gap={10}>
        <Stack gap={8} flex={1} miw={220}>
          <PlaceFields
            places={places}
            unit={metric.unit}
            label={(place) => (place ? `${title} (${place})` : title)}
            hint={t("goals.observe.first")}
            typed={typed}
            onChange={setTyped}
          />
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
