import { Button, Group, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { observationsPath, type Series, seriesQuery } from "@/api/dictionary";
import { useFormat } from "@/ui/format";
import { ListTable } from "@/ui/list-table";
import { Empty, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import { CsvForm } from "./csv-form";

/** Series with their latest readings; noting a number by hand; tables. */
export function ObservationsPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const series = useQuery(seriesQuery(workspace.id));
  const reload = () => client.invalidateQueries({ queryKey: [workspace.id, "observations"] });
  const known = { ...series, data: series.data?.filter(({ readings }) => readings > 0) };
  return (
    <Section title={t("dictionary.observations")} lead={t("dictionary.observationsLead")}>
      <Stack>
        <ListTable
          query={known}
          head={[t("dictionary.series"), t("dictionary.readings"), t("dictionary.last")]}
          empty={<Empty title={t("dictionary.noSeries")} text={t("dictionary.noSeriesText")} />}
          row={(one: Series) => (
            <Table.Tr key={one.series}>
              <Table.Td>
                <bdi>{one.name}</bdi>
              </Table.Td>
              <Table.Td>{f.number(one.readings)}</Table.Td>
              <Table.Td>
                {one.last_day && <Text size="sm">{f.date(one.last_day, "short")}</Text>}
                {one.last.map((reading) => (
                  <Text size="sm" key={JSON.stringify(reading.dimensions)}>
                    <bdi>{f.number(reading.value, 2)}</bdi>{" "}
                    <bdi>{Object.values(reading.dimensions).join(", ")}</bdi>
                  </Text>
                ))}
              </Table.Td>
            </Table.Tr>
          )}
        />
        {canEdit && <Note series={series.data ?? []} onDone={reload} />}
        {canEdit && <CsvForm onDone={reload} />}
      </Stack>
    </Section>
  );
}

function Note({ series, onDone }: { series: Series[]; onDone: () => void }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [values, setValues] = useState({ series: "", day: "", value: "", dimension: "" });
  const note = useMutation({
    mutationFn: () => {
      const at = values.dimension.indexOf("=");
      const dimensions =
        at > 0 ? { [values.dimension.slice(0, at).trim()]: values.dimension.slice(at + 1).trim() } : {};
      const reading = { series: values.series, day: values.day, value: Number(values.value), dimensions };
      return call<{ replaced: number }>("POST", observationsPath(workspace.id), { observations: [reading] });
    },
    onSuccess: onDone,
  });
  const set = (name: keyof typeof values) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setValues((before) => ({ ...before, [name]: value }));
  };
  const ready = values.series && values.day && values.value;
  return (
    <Panel>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          note.mutate();
        }}
      >
        <Stack>
          <Title order={3} size="h4">
            {t("dictionary.note")}
          </Title>
          <Group grow preventGrowOverflow={false} align="end">
            <TextInput
              label={t("dictionary.series")}
              list="series"
              value={values.series}
              onChange={set("series")}
            />
            <datalist id="series">
              {series.map((one) => (
                <option key={one.series} value={one.series} label={one.name} />
              ))}
            </datalist>
            <TextInput type="date" label={t("dictionary.day")} value={values.day} onChange={set("day")} />
            <TextInput
              type="number"
              step="any"
              label={t("dictionary.number")}
              value={values.value}
              onChange={set("value")}
            />
            <TextInput
              label={t("dictionary.dimension")}
              placeholder="network=Instagram"
              value={values.dimension}
              onChange={set("dimension")}
            />
          </Group>
          <div aria-live="polite">
            <ProblemAlert problem={note.error} />
            {note.data && <Text size="sm">{t("dictionary.noted", { n: note.data.replaced })}</Text>}
          </div>
          <Group>
            <Button type="submit" disabled={!ready} loading={note.isPending}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
