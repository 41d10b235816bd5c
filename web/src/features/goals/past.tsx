import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MetricFacts } from "@/api/dictionary";
import { metricValuesQuery } from "@/api/goals";
import { baseOption, Chart, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import { addDays, todayIn, useFormat } from "@/ui/format";
import { IconAlert } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import type { StepProps } from "./goal-wizard";
import classes from "./wizard.module.css";

/** The chosen figure's last half year, day by day. */
export function Past({ draft, site, metric }: StepProps & { metric: MetricFacts }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const f = useFormat(site.currency);
  const palette = usePalette();
  const to = addDays(todayIn(site.time_zone), -1);
  const from = addDays(to, -181);
  const values = useQuery(
    metricValuesQuery(workspace.id, metric.key, { site_id: site.id, from, to, filters: draft.filters }),
  );
  const days = values.data;
  const option = useMemo((): EChartsCoreOption | null => {
    if (!days) return null;
    const base = baseOption(palette, chartFont());
    return {
      ...base,
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { dataIndex: number }[]) => {
          const point = days[points[0]?.dataIndex ?? 0];
          if (!point) return "";
          return tooltipElement(f.date(point.date), [
            { color: palette.sea, label: metric.name, value: f.amount(metric.unit, point.value) },
          ]);
        },
      },
      xAxis: {
        type: "category",
        data: days.map(({ date }) => date),
        boundaryGap: false,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          hideOverlap: true,
          formatter: (label: string) => f.drawn(f.day(label)),
        },
      },
      yAxis: {
        type: "value",
        scale: metric.observed,
        splitNumber: 3,
        inverse: metric.unit.kind === "rank",
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          formatter: (value: number) => f.drawn(f.tick(metric.unit, value)),
        },
      },
      series: [
        {
          type: "line",
          data: days.map(({ value }) => value),
          showSymbol: days.length < 15,
          connectNulls: true,
          lineStyle: { color: palette.sea, width: 1.8 },
          itemStyle: { color: palette.sea },
          areaStyle: metric.unit.kind === "rank" ? undefined : { color: palette.seaWash },
        },
      ],
    };
  }, [days, palette, f, metric]);
  if (values.error) return <ProblemAlert problem={values.error} title={t("problem.query")} />;
  if (!days || !option) return <Skeleton height={200} />;
  if (days.every(({ value }) => !value)) {
    return metric.observed || days.length === 0 ? null : (
      <p className={`${classes.note} ${classes.open}`}>
        <IconAlert size={17} />
        {t("wizard.dataFlat")}
      </p>
    );
  }
  return (
    <div>
      <p style={{ marginBlockEnd: 8 }}>{t("wizard.measureLead")}</p>
      <Chart
        option={option}
        height={180}
        summary={t("wizard.measureSummary", { metric: metric.name })}
        table={{
          head: [t("common.date"), metric.name],
          rows: days.map(({ date, value }) => [f.date(date, "short"), f.amount(metric.unit, value)]),
        }}
      />
    </div>
  );
}
