import { Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Metric } from "@/api/goals";
import { workspacePath } from "@/api/queries";
import { todayIn } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import { DayField } from "./day-field";
import type { StepProps } from "./goal-wizard";
import { ValueInput } from "./value-input";

/** Where an entered figure stands today: without it there is nothing to start from. */
export function FirstFigure({ draft, site, metric, refresh }: StepProps & { metric: Metric }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const today = todayIn(site.time_zone);
  const [value, setValue] = useState<number | null>(null);
  const [day, setDay] = useState(today);
  const save = useMutation({
    mutationFn: () =>
      call("POST", `${workspacePath(workspace.id)}/observations`, {
        observations: [
          {
            series: metric.key,
            dimensions: Object.fromEntries(draft.filters.map(([, name, values]) => [name, values[0] ?? ""])),
            day,
            value,
            site_id: site.id,
          },
        ],
      }),
    onSuccess: async () => {
      setValue(null);
      await client.invalidateQueries({ queryKey: [workspace.id, "metric-values"] });
      refresh();
    },
  });
  return (
    <div>
      <Group align="flex-end" gap={10}>
        <ValueInput
          unit={metric.unit}
          label={t("goals.observe.title", { metric: metric.name })}
          description={t("goals.observe.first")}
          value={value}
          onChange={setValue}
        />
        <DayField
          label={t("common.date")}
          value={day}
          max={today}
          onChange={(next) => setDay(next ?? today)}
        />
        <Button
          variant="default"
          disabled={value === null}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t("common.save")}
        </Button>
      </Group>
      <ProblemAlert problem={save.error} />
    </div>
  );
}
