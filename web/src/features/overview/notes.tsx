import { List, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { StatsAnswer } from "@/api/stats";
import { useFormat } from "@/ui/format";

interface Money {
  value: number;
  currency: string;
}

interface Foreign {
  original: Money;
  events: number;
  counted_as: Money | null;
}

interface Imported {
  sources: { source: string; file: string; from: string; to: string }[];
  rows: { source: string; value: string; metrics: Record<string, number> }[];
}

const TOOLS: Record<string, string> = {
  ga4: "GA4",
  matomo: "Matomo",
  plausible: "Plausible",
  umami: "Umami",
};

const METRICS = [
  "visitors",
  "visits",
  "pageviews",
  "events",
  "bounces",
  "visit_duration_s",
  "engaged_visits",
  "key_events",
  "revenue",
] as const;

/** What a reader of an answer should know: money that is not in it, and what other tools counted. */
export function AnswerNotes({ answer }: { answer: StatsAnswer | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (!answer) return null;
  const missing = (answer.meta["unconverted_revenue"] ?? []) as Foreign[];
  const converted = (answer.meta["converted_revenue"] ?? []) as Foreign[];
  const imported = answer.meta["imported"] as Imported | undefined;
  const money = ({ value, currency }: Money) => f.money(value, currency);
  const shown = imported?.sources ?? [];
  if (missing.length + converted.length + shown.length === 0) return null;
  return (
    <Stack gap="xs" p="md">
      {missing.map((one) => (
        <Text key={one.original.currency} size="sm" role="note">
          {t("collect.money.missing", { amount: money(one.original), events: f.number(one.events) })}
        </Text>
      ))}
      {converted.map((one) => (
        <Text key={one.original.currency} size="sm" c="dimmed" role="note">
          {t("collect.money.converted", {
            amount: money(one.original),
            events: f.number(one.events),
            counted: one.counted_as ? money(one.counted_as) : "",
          })}
        </Text>
      ))}
      {shown.length > 0 && (
        <section aria-label={t("collect.imported.title")}>
          <Text size="sm" fw={600}>
            {t("collect.imported.title")}
          </Text>
          <Text size="sm" c="dimmed">
            {t("collect.imported.hint")}
          </Text>
          <List size="sm" spacing={2}>
            {imported?.rows.map((row) => (
              <List.Item key={`${row.source} ${row.value}`}>
                {[
                  TOOLS[row.source] ?? row.source,
                  METRICS.filter((metric) => row.metrics[metric] !== undefined)
                    .map(
                      (metric) =>
                        `${f.number(row.metrics[metric] ?? 0)} ${t(`collect.imported.metric.${metric}`)}`,
                    )
                    .join(" · "),
                ].join(": ")}
              </List.Item>
            ))}
            {shown.map((source) => (
              <List.Item key={`${source.source} ${source.file}`} c="dimmed">
                {t("collect.imported.file", {
                  tool: TOOLS[source.source] ?? source.source,
                  from: f.day(source.from),
                  to: f.day(source.to),
                  file: source.file,
                })}
              </List.Item>
            ))}
          </List>
        </section>
      )}
    </Stack>
  );
}
