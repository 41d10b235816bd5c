import { useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Filtered, REASONS, type Reason } from "@/api/trust";
import { baseOption, Chart, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import { useFormat } from "@/ui/format";

/** A colour for each reason, told apart in both schemes and by most eyes. */
const LIGHT: Record<Reason, string> = {
  user_agent: "#5b7383",
  ai_crawler: "#7a4fb0",
  ai_agent: "#b07fd6",
  headless: "#1f6f9a",
  prefetch: "#8cb8cf",
  data_centre: "#a8651a",
  header_anomaly: "#d9a441",
  spam_referrer: "#c93727",
  hostname: "#e58a7c",
  rate: "#1c7a50",
  own_traffic: "#7cb79a",
};
const DARK: Record<Reason, string> = {
  ...LIGHT,
  user_agent: "#93a9b8",
  ai_crawler: "#a884dc",
  ai_agent: "#d3b5ec",
  headless: "#5faad0",
  data_centre: "#cf8d42",
  spam_referrer: "#f07a67",
  rate: "#5fc796",
};

/** Events held back, a bar a day, stacked by reason. */
export function FilteredChart({ data }: { data: Filtered }) {
  const { t } = useTranslation();
  const f = useFormat();
  const palette = usePalette();
  const colors = useComputedColorScheme("light") === "dark" ? DARK : LIGHT;
  const shown = REASONS.filter((reason) => data.reasons.some((total) => total.reason === reason));
  const option = useMemo((): EChartsCoreOption => {
    const base = baseOption(palette, chartFont());
    const value = (day: number, reason: Reason) =>
      data.days[day]?.reasons.find((count) => count.reason === reason)?.events ?? 0;
    return {
      ...base,
      legend: {
        type: "scroll",
        top: 0,
        textStyle: { color: palette.inkSoft },
        data: shown.map((reason) => t(`trust.reason.${reason}`)),
      },
      grid: { left: 4, right: 12, top: 40, bottom: 8, containLabel: true },
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { dataIndex: number }[]) => {
          const at = points[0]?.dataIndex ?? 0;
          const lines = shown
            .filter((reason) => value(at, reason) > 0)
            .map((reason) => ({
              color: colors[reason],
              label: t(`trust.reason.${reason}`),
              value: f.number(value(at, reason)),
            }));
          return tooltipElement(f.weekday(data.days[at]?.date ?? data.from), lines);
        },
      },
      xAxis: {
        type: "category",
        data: data.days.map(({ date }) => date),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          hideOverlap: true,
          formatter: (date: string) => f.drawn(f.day(date)),
        },
      },
      yAxis: {
        type: "value",
        minInterval: 1,
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: { color: palette.inkSoft, formatter: (count: number) => f.axis("events", count) },
      },
      series: shown.map((reason) => ({
        name: t(`trust.reason.${reason}`),
        type: "bar",
        stack: "held",
        barMaxWidth: 28,
        itemStyle: { color: colors[reason] },
        data: data.days.map((_, day) => value(day, reason)),
      })),
    };
  }, [data, shown, palette, colors, t, f]);
  return (
    <Chart
      option={option}
      height={300}
      summary={t("trust.filtered.chart")}
      table={{
        head: [t("common.date"), ...shown.map((reason) => t(`trust.reason.${reason}`))],
        rows: data.days.map((day) => [
          f.day(day.date),
          ...shown.map((reason) =>
            f.number(day.reasons.find((count) => count.reason === reason)?.events ?? 0),
          ),
        ]),
      }}
    />
  );
}
