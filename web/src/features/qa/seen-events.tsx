import { Badge, Group, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type SeenEvent, seenQuery } from "@/api/trust";
import { useFormat } from "@/ui/format";
import { ListTable } from "@/ui/list-table";
import { Empty } from "@/ui/page";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

/** The events that a site had so far, with their properties and kinds. */
export function SeenEvents({ site }: { site: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const seen = useQuery(seenQuery(workspace.id, site));
  return (
    <Section title={t("trust.qa.events")} lead={t("trust.qa.eventsLead")}>
      <ListTable
        query={seen}
        head={[t("trust.qa.event"), t("trust.qa.first"), t("trust.qa.properties")]}
        empty={<Empty title={t("trust.qa.eventsEmpty")} text="" />}
        row={(event: SeenEvent) => (
          <Table.Tr key={event.name}>
            <Table.Td fw={560}>
              <bdi>{event.name}</bdi>
            </Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{f.instant(event.first_at)}</Table.Td>
            <Table.Td>
              <Group gap={6}>
                {Object.entries((event.props ?? {}) as Record<string, string>).map(([name, kind]) => (
                  <Badge key={name} variant="default" tt="none" fw={450}>
                    <bdi>{name}</bdi>: {t(`trust.qa.kind.${kind as "text"}`)}
                  </Badge>
                ))}
              </Group>
            </Table.Td>
          </Table.Tr>
        )}
      />
    </Section>
  );
}
