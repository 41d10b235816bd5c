import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/goals";
import { baseOption, Chart, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import { useFormat } from "@/ui/format";

/** A figure by day, as a chart and as a table. */
export function Course(props: {
  course: { date: string; value: number | null }[];
  unit: Unit;
  title: string;
  height?: number;
}) {
  const { course, unit, title } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const palette = usePalette();
  const option = useMemo((): EChartsCoreOption => {
    const base = baseOption(palette, chartFont());
    const alone = course.filter(({ value }) => value !== null).length < 2;
    return {
      ...base,
      animation: false,
      grid: { left: 2, right: 14, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { dataIndex: number }[]) => {
          const at = course[points[0]?.dataIndex ?? 0];
          if (!at) return "";
          const value = f.amount(unit, at.value);
          return tooltipElement(f.weekday(at.date), [{ color: palette.sea, label: title, value }]);
        },
      },
      xAxis: {
        type: "category",
        boundaryGap: false,
        data: course.map(({ date }) => date),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 11,
          hideOverlap: true,
          formatter: (date: string) => f.drawn(f.day(date)),
        },
      },
      yAxis: {
        type: "value",
        splitNumber: 3,
        scale: unit.kind !== "count" && unit.kind !== "money",
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 11,
          formatter: (value: number) => f.drawn(f.tick(unit, value)),
        },
      },
      series: [
        {
          type: "line",
          data: course.map(({ value }) => value),
          connectNulls: true,
          symbol: "circle",
          symbolSize: 5,
          showSymbol: alone,
          lineStyle: { color: palette.sea, width: 2.2 },
          itemStyle: { color: palette.sea },
          areaStyle: { color: palette.seaWash },
        },
      ],
    };
  }, [course, unit, title, palette, f]);
  const known = course.flatMap(({ date, value }) => (value === null ? [] : [{ date, value }]));
  const last = known.at(-1);
  return (
    <Chart
      option={option}
      height={props.height ?? 240}
      summary={t("dictionary.courseSummary", {
        title,
        count: known.length,
        last: last ? f.amount(unit, last.value) : "–",
      })}
      table={{
        head: [t("dictionary.day"), title],
        rows: known.toReversed().map(({ date, value }) => [f.date(date, "short"), f.amount(unit, value)]),
      }}
    />
  );
}
