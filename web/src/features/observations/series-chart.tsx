import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Observation } from "@/api/dictionary";
import type { Unit } from "@/api/goals";
import { baseOption, Chart, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import { isoDate, useFormat } from "@/ui/format";
import { placeText } from "@/ui/place-fields";

/** Places that are drawn; the table has them all. */
const MOST_LINES = 5;

/** What was read, as a line for each place. */
export function SeriesChart({
  readings,
  unit,
  title,
}: {
  readings: Observation[];
  unit: Unit;
  title: string;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const palette = usePalette();
  const places = useMemo(() => {
    const found = new Map<string, Observation[]>();
    for (const one of readings.toReversed()) {
      const place = placeText(one.dimensions);
      found.set(place, [...(found.get(place) ?? []), one]);
    }
    return [...found].sort(([, one], [, other]) => other.length - one.length);
  }, [readings]);
  const drawn = useMemo(() => places.slice(0, MOST_LINES), [places]);
  const option = useMemo((): EChartsCoreOption => {
    const base = baseOption(palette, chartFont());
    const colors = [palette.sea, palette.flag, palette.good, palette.warn, palette.expected];
    const several = drawn.length > 1;
    return {
      ...base,
      animation: false,
      grid: { left: 2, right: 14, top: several ? 34 : 12, bottom: 4, containLabel: true },
      legend: several
        ? { top: 0, textStyle: { color: palette.inkSoft, fontFamily: chartFont() }, itemHeight: 9 }
        : undefined,
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { seriesName: string; color: string; value: [string, number] }[]) =>
          tooltipElement(
            points[0] ? f.date(points[0].value[0], "short") : "",
            points.map(({ seriesName, color, value }) => ({
              color,
              label: seriesName,
              value: f.amount(unit, value[1]),
            })),
          ),
      },
      xAxis: {
        type: "time",
        axisTick: { show: false },
        axisLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 11,
          hideOverlap: true,
          formatter: (at: number) => f.drawn(f.day(isoDate(new Date(at)))),
        },
      },
      yAxis: {
        type: "value",
        splitNumber: 3,
        scale: true,
        // The first place of a list is the best, and stands at the top.
        inverse: unit.kind === "rank",
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 11,
          formatter: (value: number) => f.drawn(f.tick(unit, value)),
        },
      },
      series: drawn.map(([place, items], at) => ({
        name: place || title,
        type: "line",
        symbol: "circle",
        symbolSize: 6,
        data: items.map(({ day, value }) => [`${day}T00:00:00`, value]),
        lineStyle: { color: colors[at], width: 2.2 },
        itemStyle: { color: colors[at] },
      })),
    };
  }, [drawn, palette, f, unit, title]);
  const last = readings[0];
  return (
    <Chart
      option={option}
      height={drawn.length > 1 ? 230 : 200}
      summary={t("dictionary.courseSummary", {
        title,
        count: readings.length,
        last: last ? f.amount(unit, last.value) : "–",
      })}
    />
  );
}
