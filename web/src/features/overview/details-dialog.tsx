import { Anchor, Button, Group, Modal, Skeleton, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { plain, runStats, type StatsQuery, statsQuery } from "@/api/stats";
import type { Filter, Site } from "@/api/types";
import { Change } from "@/ui/change";
import { csv, download } from "@/ui/csv";
import { useFormat } from "@/ui/format";
import { IconDownload, IconSearch } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { dimensionMeaning, dimensionName, metricMeaning, metricName, valueName } from "@/ui/words";
import { detailColumnsOf } from "./dimensions";
import { baseQuery, comparisonOf, comparisons, type View } from "./view";

const PAGE = 100;
const MOST = 10_000;

/** A breakdown in full: search it, order it, take it along. */
export function DetailsDialog(props: {
  site: Site;
  view: View;
  today: string;
  dimension: string;
  onFilter: (filter: Filter) => void;
  onClose: () => void;
}) {
  const { site, view, today, dimension } = props;
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const columns = detailColumnsOf(dimension);
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 250);
  const [order, setOrder] = useState<[string, "asc" | "desc"]>(["visitors", "desc"]);
  const [limit, setLimit] = useState(PAGE);
  const base = baseQuery(view, site.domain, today);
  // Countries and conversions are found by the name on screen, everything else by the server.
  const byName = dimension === "visit:country" || dimension === "event:goal" || dimension.endsWith("channel");
  const body: StatsQuery = {
    ...base,
    metrics: columns,
    dimensions: [dimension],
    order_by: [order],
    filters:
      search && !byName
        ? [...(base.filters ?? []), ["contains", dimension, [search], { case_sensitive: false }]]
        : base.filters,
    include: { total_rows: true, ...comparisons(view) },
    pagination: { limit: byName ? 300 : limit },
  };
  const query = useQuery(statsQuery(body));
  const name = dimensionName(t, dimension);
  const save = useMutation({
    mutationFn: () => runStats({ ...body, pagination: { limit: MOST } }),
    onSuccess: (answer) =>
      download(
        `${site.domain}-${dimension.replaceAll(":", "-")}.csv`,
        csv(
          [name, ...columns.map((metric) => metricName(t, metric))],
          answer.results.map((row) => [row.dimensions[0] ?? "", ...row.metrics.map((value) => plain(value))]),
        ),
      ),
  });
  const labelled = (query.data?.results ?? []).map((row) => ({
    row,
    label: valueName(t, f, dimension, row.dimensions[0] ?? ""),
  }));
  const rows =
    byName && search
      ? labelled.filter(({ label }) => label.toLowerCase().includes(search.toLowerCase()))
      : labelled;
  const total = query.data?.meta.total_rows ?? rows.length;
  const compared = comparisonOf(view) !== "off";

  return (
    <Modal
      opened
      onClose={props.onClose}
      size={900}
      title={t("overview.detailsOf", { dimension: name })}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Group mb="sm">
        <TextInput
          flex={1}
          miw={180}
          placeholder={t("common.search")}
          aria-label={t("common.search")}
          leftSection={<IconSearch size={16} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        <Text size="sm" c="dimmed" className="tabular" aria-live="polite">
          {t("overview.rows", { count: total, n: f.number(total) })}
        </Text>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          {t("overview.csv")}
        </Button>
      </Group>
      {dimensionMeaning(t, dimension) && (
        <Text size="xs" c="dimmed" mb="sm">
          {dimensionMeaning(t, dimension)}
        </Text>
      )}
      <ProblemAlert problem={query.error ?? save.error} title={t("problem.query")} />
      {query.isPending && <Skeleton height={320} />}
      {query.data && (
        <Table.ScrollContainer minWidth={620} maxHeight={520}>
          <Table stickyHeader highlightOnHover className="tabular">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{name}</Table.Th>
                {columns.map((metric) => {
                  const ordered = order[0] === metric;
                  const direction = ordered && order[1] === "desc" ? "asc" : "desc";
                  return (
                    <Table.Th
                      key={metric}
                      scope="col"
                      ta="end"
                      aria-sort={ordered ? (order[1] === "asc" ? "ascending" : "descending") : "none"}
                    >
                      <Anchor
                        component="button"
                        type="button"
                        size="sm"
                        fw={600}
                        c={ordered ? undefined : "dimmed"}
                        title={metricMeaning(t, metric)}
                        onClick={() => setOrder([metric, direction])}
                      >
                        {metricName(t, metric)} {ordered ? (order[1] === "asc" ? "↑" : "↓") : ""}
                      </Anchor>
                    </Table.Th>
                  );
                })}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ row, label }) => (
                <Table.Tr key={row.dimensions.join("\u0000")}>
                  <Table.Td maw={280} style={{ overflowWrap: "anywhere" }}>
                    <Anchor
                      component="button"
                      type="button"
                      size="sm"
                      ta="start"
                      aria-label={t("filter.only", { value: label })}
                      onClick={() => props.onFilter(["is", dimension, [row.dimensions[0] ?? ""]])}
                    >
                      <bdi>{label}</bdi>
                    </Anchor>
                  </Table.Td>
                  {columns.map((metric, index) => (
                    <Table.Td key={metric} ta="end">
                      {f.metric(metric, row.metrics[index])}
                      {compared && row.comparison && (
                        <div>
                          <Change metric={metric} value={row.comparison.change[index]} />
                        </div>
                      )}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {rows.length === 0 && query.data && (
        <Text c="dimmed" ta="center" py="xl">
          {t("overview.nothing")}
        </Text>
      )}
      {!byName && rows.length === limit && (
        <Group justify="center" mt="sm">
          <Button variant="default" onClick={() => setLimit(limit + PAGE)}>
            {t("common.more")}
          </Button>
        </Group>
      )}
    </Modal>
  );
}
