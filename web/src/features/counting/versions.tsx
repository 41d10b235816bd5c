import { Button, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Counting, Rules } from "@/api/trust";
import { useFormat } from "@/ui/format";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

/** Every version of the rules, the latest first. */
export function Versions({ counting, onUse }: { counting: Counting; onUse: (rules: Rules) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { canAdmin } = useHere();
  if (counting.versions.length === 0) return null;
  return (
    <Section title={t("trust.counting.history")}>
      <Panel padded={false}>
        <Table verticalSpacing="sm" horizontalSpacing="lg" className="tabular">
          <Table.Tbody>
            {counting.versions.map((version) => (
              <Table.Tr key={version.version}>
                <Table.Td>
                  <Text size="sm" fw={560}>
                    {t("trust.counting.version", {
                      n: f.number(version.version),
                      when: f.instant(version.valid_from),
                    })}
                  </Text>
                  <Text size="sm" c="dimmed">
                    <bdi>{version.author}</bdi>
                    {version.note && ` · ${version.note}`}
                  </Text>
                </Table.Td>
                <Table.Td ta="end">
                  {canAdmin && (
                    <Button variant="subtle" size="compact-sm" onClick={() => onUse(version.rules)}>
                      {t("trust.counting.use")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Panel>
    </Section>
  );
}
