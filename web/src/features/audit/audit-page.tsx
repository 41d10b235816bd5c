import { Button, Code, Group, Table } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { auditPage } from "@/api/queries";
import type { AuditEntry } from "@/api/types";
import { useFormat } from "@/ui/format";
import { ListTable } from "@/ui/list-table";
import { Empty } from "@/ui/page";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

export function AuditPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const audit = useInfiniteQuery({
    queryKey: [workspace.id, "audit"],
    queryFn: ({ pageParam, signal }) => auditPage(workspace.id, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor || undefined,
  });
  const entries = audit.data?.pages.flatMap(({ items }) => items);
  return (
    <Section title={t("settings.audit")} lead={t("audit.lead")}>
      <ListTable
        query={{ data: entries, error: audit.error, refetch: audit.refetch }}
        head={[t("audit.when"), t("audit.who"), t("audit.what"), t("audit.target")]}
        empty={<Empty title={t("audit.empty")} text="" />}
        row={(entry: AuditEntry) => (
          <Table.Tr key={entry.id}>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{f.instant(entry.at)}</Table.Td>
            <Table.Td>
              <bdi>{entry.actor}</bdi>
            </Table.Td>
            <Table.Td>
              <Code>{entry.action}</Code>
            </Table.Td>
            <Table.Td maw={320} style={{ overflowWrap: "anywhere" }}>
              <bdi>{entry.target}</bdi>
            </Table.Td>
          </Table.Tr>
        )}
      />
      {audit.hasNextPage && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={audit.isFetchingNextPage} onClick={() => audit.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Group>
      )}
    </Section>
  );
}
