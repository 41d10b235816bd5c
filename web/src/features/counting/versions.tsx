import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Counting, Rules } from "@/api/trust";
import { useFormat } from "@/ui/format";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import classes from "./versions.module.css";

/** Every version of the rules, the latest first. */
export function Versions({ counting, onUse }: { counting: Counting; onUse: (rules: Rules) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { canAdmin } = useHere();
  if (counting.versions.length === 0) return null;
  return (
    <Section title={t("trust.counting.history")}>
      <Panel>
        <Stack gap="md" component="ul" className={classes.versions}>
          {counting.versions.map((version) => (
            <Group key={version.version} component="li" justify="space-between" gap="xs">
              <div>
                <Text size="sm" fw={560} className="tabular">
                  {t("trust.counting.version", {
                    n: f.number(version.version),
                    when: f.instant(version.valid_from),
                  })}
                </Text>
                <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  <bdi>{version.author}</bdi>
                  {version.note && (
                    <>
                      {" · "}
                      <bdi>{version.note}</bdi>
                    </>
                  )}
                </Text>
              </div>
              {canAdmin && (
                <Button
                  variant="subtle"
                  size="compact-sm"
                  aria-label={`${t("trust.counting.use")}: ${f.number(version.version)}`}
                  onClick={() => onUse(version.rules)}
                >
                  {t("trust.counting.use")}
                </Button>
              )}
            </Group>
          ))}
        </Stack>
      </Panel>
    </Section>
  );
}
