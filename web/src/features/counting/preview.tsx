import { Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { CountingPreview } from "@/api/trust";
import { useFormat } from "@/ui/format";
import { Panel } from "@/ui/panel";

/** What rules would have moved, had they held. */
export function Preview({ data }: { data: CountingPreview }) {
  const { t } = useTranslation();
  const f = useFormat();
  const nothing = data.channels.length + data.pages.length + data.hosts.length === 0;
  return (
    <Panel aria-live="polite">
      <Stack gap="md">
        <Title order={2} size="h4">
          {t("trust.counting.previewTitle", { n: f.number(data.days) })}
        </Title>
        {nothing && <Text size="sm">{t("trust.counting.previewNone")}</Text>}
        {data.channels.length > 0 && (
          <Moves
            title={t("trust.counting.previewChannels")}
            rows={data.channels.map((move) => ({
              key: `${move.from} ${move.to}`,
              what: t("trust.counting.move", { from: move.from, to: move.to }),
              hint: move.example && t("trust.counting.example", { source: move.example }),
              count: f.number(move.visits),
            }))}
          />
        )}
        {data.pages.length > 0 && (
          <Moves
            title={t("trust.counting.previewPages")}
            rows={data.pages.map((move) => ({
              key: move.from,
              what: t("trust.counting.move", { from: move.from, to: move.to }),
              count: f.number(move.pageviews),
            }))}
          />
        )}
        {data.hosts.length > 0 && (
          <Moves
            title={t("trust.counting.previewHosts")}
            rows={data.hosts.map((move) => ({
              key: move.from,
              what: move.from,
              hint: t("trust.counting.heldBack"),
              count: f.number(move.pageviews),
            }))}
          />
        )}
      </Stack>
    </Panel>
  );
}

function Moves(props: {
  title: string;
  rows: { key: string; what: string; hint?: string; count: string }[];
}) {
  return (
    <div>
      <Text size="sm" fw={560} mb={4}>
        {props.title}
      </Text>
      <Table verticalSpacing={6} className="tabular">
        <Table.Tbody>
          {props.rows.map(({ key, what, hint, count }) => (
            <Table.Tr key={key}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <bdi>{what}</bdi>{" "}
                {hint && (
                  <Text span size="sm" c="dimmed">
                    {hint}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="end">{count}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
