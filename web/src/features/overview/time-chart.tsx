import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { EChartsCoreOption } from "echarts/core";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { plain, statsQuery } from "@/api/stats";
import type { Site } from "@/api/types";
import { baseOption, Chart, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import { clockIn, type Formatter, useFormat } from "@/ui/format";
import { type MetricName, perBucket, unitOf } from "@/ui/metrics";
import { ProblemAlert } from "@/ui/page";
import { metricName } from "@/ui/words";
import classes from "./overview.module.css";
import { baseQuery, comparisonOf, comparisons, type Interval, type View } from "./view";

function labelText(f: Formatter, interval: Interval, label: string, full = false): string {
  switch (interval) {
    case "hour":
      return full ? `${f.weekday(label)} ${f.hour(label)}` : f.hour(label);
    case "day":
      return full ? f.weekday(label) : f.day(label);
    case "week":
      return f.day(label);
    case "month":
      return f.month(label);
  }
}

/** One metric's course over the period, with the compared period behind it. */
export function TimeChart(props: {
  site: Site;
  view: View;
  today: string;
  interval: Interval;
  metric: MetricName;
  tools: ReactNode;
}) {
  const { site, view, today, interval, metric, tools } = props;
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const palette = usePalette();
  const compared = comparisonOf(view);
  const query = useQuery(
    statsQuery({
      ...baseQuery(view, site.domain, today),
      metrics: [perBucket(metric)],
      dimensions: [`time:${interval}`],
      include: { imports: true, time_labels: true, ...comparisons(view) },
    }),
  );

  const drawn = useMemo(() => {
    if (!query.data) return null;
    const rows = new Map(query.data.results.map((row) => [row.dimensions[0] ?? "", row]));
    const labels = query.data.meta.time_labels ?? [...rows.keys()];
    const now = clockIn(site.time_zone);
    const missing = ["count", "money"].includes(unitOf(metric)) ? 0 : null;
    const value = (label: string) => {
      const row = rows.get(label);
      // Hours that are still to come are not zero: they are nothing yet.
      if (label > now) return null;
      return row ? plain(row.metrics[0]) : missing;
    };
    const values = labels.map(value);
    const before = labels.map((label) => {
      const row = rows.get(label)?.comparison;
      // A bucket that the earlier period does not have, or not yet, has no name there.
      const known = row?.dimensions?.[0];
      return { value: row && known ? plain(row.metrics[0]) : null, label: known };
    });
    return { labels, values, before };
  }, [query.data, metric, site.time_zone]);

  const option = useMemo((): EChartsCoreOption | null => {
    if (!drawn) return null;
    const { labels, values, before } = drawn;
    const last = labels.length - 1;
    // A bucket that is still filling is drawn dashed: it will grow.
    const open = last > 0 && isOpen(labels[last] ?? "", interval, today);
    const name = metricName(t, metric);
    const line = {
      type: "line",
      symbol: "circle",
      symbolSize: 5,
      showSymbol: labels.length === 1,
      smooth: 0.12,
    };
    const base = baseOption(palette, chartFont());
    return {
      ...base,
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { dataIndex: number }[]) => {
          const at = points[0]?.dataIndex ?? 0;
          const lines = [{ color: palette.sea, label: name, value: f.metric(metric, values[at] ?? null) }];
          const past = before[at];
          if (compared !== "off" && past && past.value !== null) {
            const when = past.label ? labelText(f, interval, past.label, true) : t("compare.previous");
            lines.push({ color: palette.expected, label: when, value: f.metric(metric, past.value) });
          }
          return tooltipElement(labelText(f, interval, labels[at] ?? "", true), lines);
        },
      },
      xAxis: {
        type: "category",
        boundaryGap: false,
        data: labels,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 12,
          hideOverlap: true,
          margin: 12,
          formatter: (label: string) => f.drawn(labelText(f, interval, label)),
        },
      },
      yAxis: {
        type: "value",
        minInterval: unitOf(metric) === "count" ? 1 : 0,
        splitNumber: 4,
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 12,
          formatter: (value: number) => f.drawn(f.axis(metric, value)),
        },
      },
      series: [
        ...(compared === "off"
          ? []
          : [
              {
                ...line,
                data: before.map((point) => point.value),
                lineStyle: { color: palette.expected, width: 1.6, type: [5, 4] },
                itemStyle: { color: palette.expected },
                z: 1,
              },
            ]),
        {
          ...line,
          data: open ? values.slice(0, last) : values,
          lineStyle: { color: palette.sea, width: 2.4 },
          itemStyle: { color: palette.sea },
          areaStyle: { color: palette.seaWash },
          z: 3,
        },
        ...(open
          ? [
              {
                ...line,
                data: values.map((value, at) => (at >= last - 1 ? value : null)),
                lineStyle: { color: palette.sea, width: 2.2, type: [2, 4] },
                itemStyle: { color: palette.sea },
                z: 2,
              },
            ]
          : []),
      ],
    };
  }, [drawn, palette, f, t, metric, interval, compared, today]);

  if (query.error) {
    return <ProblemAlert problem={query.error} title={t("problem.query")} retry={() => query.refetch()} />;
  }
  if (!drawn || !option) return <Skeleton height={330} />;
  const name = metricName(t, metric);
  const edge = (at: number) => labelText(f, interval, drawn.labels.at(at) ?? today, true);
  const top = drawn.values.reduce((most: number, value) => Math.max(most, value ?? 0), 0);
  return (
    <Chart
      option={option}
      height={280}
      summary={t("overview.chartSummary", {
        metric: name,
        from: edge(0),
        to: edge(-1),
        top: f.metric(metric, top),
      })}
      table={{
        head: [t("common.date"), name, ...(compared === "off" ? [] : [t(`compare.${compared}`)])],
        rows: drawn.labels.map((label, at) => [
          labelText(f, interval, label, true),
          f.metric(metric, drawn.values[at] ?? null),
          ...(compared === "off" ? [] : [f.metric(metric, drawn.before[at]?.value ?? null)]),
        ]),
      }}
      tools={
        <div className={classes.chartHead}>
          <span className={classes.legend}>
            <span className={classes.key}>
              <i aria-hidden="true" />
              {name}
            </span>
            {compared !== "off" && (
              <span className={`${classes.key} ${classes.before}`}>
                <i aria-hidden="true" />
                {t(`compare.${compared}`)}
              </span>
            )}
          </span>
          {tools}
        </div>
      }
    />
  );
}

/** Whether the bucket that begins at `label` holds `today`. */
function isOpen(label: string, interval: Interval, today: string): boolean {
  if (interval === "hour") return false;
  const days = { day: 1, week: 7, month: 31 }[interval];
  const age = (Date.parse(today) - Date.parse(label.slice(0, 10))) / 86_400_000;
  if (interval === "month") return label.slice(0, 7) === today.slice(0, 7);
  return age >= 0 && age < days;
}
