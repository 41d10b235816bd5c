import { Code, Drawer, Stack, Table, Text, Title, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { countingQuery, filteredQuery, type Reason, rowsQuery } from "@/api/trust";
import { CopyButton } from "./copy-button";
import { useFormat } from "./format";
import { IconInfo } from "./icons";
import { TextLink } from "./links";
import { ProblemAlert } from "./page";
import { dimensionMeaning } from "./words";
import { useHere } from "./workspace";

/** What a number is: shown beside it, opened by a small button. */
export interface Explained {
  site: string;
  /** First and last day, both included. */
  range: { from: string; to: string };
  title: string;
  meaning: string;
  /** The body for `/api/v2/query`. */
  query: object;
  /** Rows of events of this name only. */
  event?: string;
}

/** A button that opens what stands behind a number. */
export function Explain(props: Explained) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <UnstyledButton
        aria-label={`${props.title}: ${t("trust.explain.open")}`}
        title={t("trust.explain.open")}
        onClick={open}
        style={{ display: "inline-flex", padding: 6, borderRadius: 6 }}
        c="dimmed"
      >
        <IconInfo size={16} />
      </UnstyledButton>
      <Drawer
        opened={opened}
        onClose={close}
        position="right"
        size="lg"
        title={props.title}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        {opened && <Behind {...props} />}
      </Drawer>
    </>
  );
}

function Behind({ site, range, meaning, query, event }: Explained) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const counting = useQuery(countingQuery(workspace.id, site));
  const rows = useQuery(rowsQuery(workspace.id, site, { ...range, name: event, filtered: false }));
  const filtered = useQuery(filteredQuery(workspace.id, site, range));
  const text = JSON.stringify(query, null, 1);
  const since = counting.data?.valid_from;
  const meanings = [...new Set(dimensionsIn(query).map((dimension) => dimensionMeaning(t, dimension)))];
  return (
    <Stack gap="lg">
      <Part title={t("trust.explain.definition")}>
        <Text size="sm">{meaning}</Text>
        {meanings.filter(Boolean).map((text) => (
          <Text key={text} size="sm" mt={6}>
            {text}
          </Text>
        ))}
        {counting.data && (
          <Text size="sm" c="dimmed" mt={6}>
            {since
              ? t("trust.explain.rules", { n: f.number(counting.data.version), when: f.instant(since) })
              : t("trust.explain.rulesNone")}
          </Text>
        )}
      </Part>
      <Part title={t("trust.explain.query")}>
        <Text size="sm" c="dimmed" mb={6}>
          {t("trust.explain.queryHint")}
        </Text>
        <Code block dir="ltr" mah={260} style={{ overflow: "auto" }} tabIndex={0}>
          {text}
        </Code>
        <CopyButton value={text} variant="subtle" />
      </Part>
      <Part title={t("trust.explain.filtered")}>
        <ProblemAlert problem={filtered.error} />
        {filtered.data?.reasons.length === 0 && <Text size="sm">{t("trust.explain.filteredNone")}</Text>}
        {filtered.data && filtered.data.reasons.length > 0 && (
          <Table verticalSpacing={6} className="tabular">
            <Table.Tbody>
              {filtered.data.reasons.map(({ reason, events }) => (
                <Table.Tr key={reason}>
                  <Table.Td>{t(`trust.reason.${reason as Reason}`)}</Table.Td>
                  <Table.Td ta="end">{f.number(events)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        <TextLink to="/w/$workspace/sites/$site/filtered" params={{ workspace: workspace.id, site }}>
          {t("trust.explain.more")}
        </TextLink>
      </Part>
      <Part title={t("trust.explain.rows")}>
        <ProblemAlert problem={rows.error} />
        {rows.data?.length === 0 && <Text size="sm">{t("trust.explain.rowsNone")}</Text>}
        {rows.data && rows.data.length > 0 && (
          <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
            <Table verticalSpacing={4} className="tabular">
              <Table.Tbody>
                {rows.data.map((row, at) => (
                  <Table.Tr key={at}>
                    <Table.Td style={{ whiteSpace: "nowrap" }}>{f.instant(row.at)}</Table.Td>
                    <Table.Td>
                      <bdi>{row.columns.name}</bdi>
                    </Table.Td>
                    <Table.Td dir="ltr" style={{ overflowWrap: "anywhere" }}>
                      {row.columns.hostname}
                      {row.columns.pathname}
                    </Table.Td>
                    <Table.Td>{row.columns.channel}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Part>
    </Stack>
  );
}

/** The dimensions that a query is divided and narrowed by, however deep. */
function dimensionsIn(query: object): string[] {
  const texts = (value: unknown): string[] =>
    typeof value === "string" ? [value] : Array.isArray(value) ? value.flatMap(texts) : [];
  const { dimensions, filters } = query as { dimensions?: unknown; filters?: unknown };
  return [...texts(dimensions), ...texts(filters)].filter((text) => text.startsWith("visit:"));
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} size="h5" mb={6}>
        {title}
      </Title>
      {children}
    </section>
  );
}
