import { Button, Code, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type Metric, metricsPath, metricsQuery } from "@/api/dictionary";
import { ConfirmButton } from "@/ui/confirm";
import { IconPlus } from "@/ui/icons";
import { ListTable } from "@/ui/list-table";
import { Empty } from "@/ui/page";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import { NewMetric } from "./new-metric";

type Unit = "count" | "share" | "money" | "duration" | "rank" | "score";

/** The dictionary: the workspace's own metrics with their versions, and the ready ones. */
export function MetricsPage() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const metrics = useQuery(metricsQuery(workspace.id));
  const [adding, { open, close }] = useDisclosure();
  const reload = () => client.invalidateQueries({ queryKey: metricsQuery(workspace.id).queryKey });
  const of = (ready: boolean) => ({
    ...metrics,
    data: metrics.data?.filter((metric) => metric.ready === ready),
  });
  const add = canEdit && (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      {t("dictionary.new")}
    </Button>
  );
  const head = [t("common.name"), t("dictionary.unit"), t("dictionary.better")];
  const told = (metric: Metric) => (
    <>
      <Table.Td>
        {t(`dictionary.units.${metric.unit.kind as Unit}`)}
        {metric.unit.currency ? ` (${metric.unit.currency})` : ""}
      </Table.Td>
      <Table.Td>{t(metric.better === "less" ? "dictionary.less" : "dictionary.more")}</Table.Td>
    </>
  );
  return (
    <Section title={t("dictionary.metrics")} lead={t("dictionary.metricsLead")} action={add}>
      <Stack>
        <Title order={3} size="h4">
          {t("dictionary.own")}
        </Title>
        <ListTable
          query={of(false)}
          head={[...head, t("dictionary.versions"), ""]}
          empty={<Empty title={t("dictionary.none")} text={t("dictionary.noneText")} />}
          row={(metric: Metric) => (
            <Table.Tr key={metric.key}>
              <Table.Td>
                <b>{metric.name}</b>
                <br />
                <Code dir="ltr">{metric.key}</Code>
              </Table.Td>
              {told(metric)}
              <Table.Td>
                {metric.versions.map((version) => (
                  <Text size="sm" key={version.number} title={version.note}>
                    {t("dictionary.version", { n: version.number, day: version.valid_from })}
                  </Text>
                ))}
              </Table.Td>
              <Table.Td ta="end">
                {canEdit && (
                  <ConfirmButton
                    label={t("common.delete")}
                    title={t("dictionary.remove", { name: metric.name })}
                    text={t("dictionary.removeText")}
                    confirm={t("common.delete")}
                    action={async () => {
                      await call("DELETE", `${metricsPath(workspace.id)}/${metric.key}`);
                      await reload();
                    }}
                  />
                )}
              </Table.Td>
            </Table.Tr>
          )}
        />
        <Title order={3} size="h4">
          {t("dictionary.ready")}
        </Title>
        <ListTable
          query={of(true)}
          head={head}
          empty={null}
          row={(metric: Metric) => (
            <Table.Tr key={metric.key}>
              <Table.Td>{metric.name}</Table.Td>
              {told(metric)}
            </Table.Tr>
          )}
        />
      </Stack>
      {adding && <NewMetric onClose={close} onDone={reload} />}
    </Section>
  );
}
