import { Button, Skeleton, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { metricsQuery, seriesQuery } from "@/api/dictionary";
import { sitesQuery } from "@/api/queries";
import { todayIn } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { Empty, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import { CsvForm } from "./csv-form";
import { NewReading } from "./new-reading";
import { SeriesPanel } from "./series-panel";
import { unitOfSeries } from "./units";

/** Figures that people read: what is due, what they were, today's entry, and tables. */
export function ObservationsPage() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const { series: wanted } = useSearch({ from: "/w/$workspace/settings/observations" });
  const series = useQuery(seriesQuery(workspace.id));
  const metrics = useQuery(metricsQuery(workspace.id)).data ?? [];
  const sites = useQuery(sitesQuery(workspace.id)).data ?? [];
  const all = series.data ?? [];
  const isNew =
    wanted !== undefined && series.data && !all.some((one) => one.series === wanted && one.readings > 0);
  const [noting, setNoting] = useState<string | null>(null);
  const asked = noting ?? (isNew && canEdit ? wanted : null);
  const today = todayIn(sites[0]?.time_zone ?? "UTC");
  const unitOf = (name: string) => unitOfSeries(name, metrics, sites[0]?.currency ?? "EUR");
  const read = all
    .filter(({ readings }) => readings > 0)
    // What is due stands first.
    .sort((one, other) => (other.due?.late_days ?? -999) - (one.due?.late_days ?? -999));
  const reload = async () => {
    await client.invalidateQueries({ queryKey: [workspace.id, "observations"] });
    for (const what of ["metric-values", "metric-preview", "goals"]) {
      await client.invalidateQueries({ queryKey: [workspace.id, what] });
    }
  };
  const noted = () => {
    notifications.show({ message: t("dictionary.noted") });
    void reload();
  };
  const add = canEdit && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setNoting("")}>
      {t("dictionary.newReading")}
    </Button>
  );
  const [dismissed, setDismissed] = useState(false);
  return (
    <Section title={t("dictionary.observations")} lead={t("dictionary.observationsLead")} action={add}>
      <ProblemAlert problem={series.error} retry={() => series.refetch()} />
      {series.isPending && <Skeleton height={260} />}
      <Stack>
        {series.data && read.length === 0 && (
          <Panel padded={false}>
            <Empty title={t("dictionary.noSeries")} text={t("dictionary.noSeriesText")} action={add} />
          </Panel>
        )}
        {read.map((one) => (
          <SeriesPanel
            key={one.series}
            one={one}
            unit={unitOf(one.series)}
            today={today}
            wanted={one.series === wanted}
            onOther={() => setNoting(one.series)}
            onDone={noted}
          />
        ))}
        {canEdit && series.data && <CsvForm series={all} onDone={reload} />}
      </Stack>
      {asked !== null && asked !== undefined && (noting !== null || !dismissed) && (
        <NewReading
          key={asked}
          series={all}
          unitOf={unitOf}
          initial={asked}
          today={today}
          onDone={noted}
          onClose={() => {
            setNoting(null);
            setDismissed(true);
          }}
        />
      )}
    </Section>
  );
}
