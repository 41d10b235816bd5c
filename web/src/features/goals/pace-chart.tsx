import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Goal } from "@/api/types";
import { baseOption, Chart, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import type { Formatter } from "@/ui/format";
import classes from "./goals.module.css";

/** The expected path against the actual one, with the target and today marked. */
export function PaceChart({
  goal,
  today,
  f,
  height = 320,
}: {
  goal: Goal;
  today: string;
  f: Formatter;
  height?: number;
}) {
  const { t } = useTranslation();
  const palette = usePalette();
  const amount = (value: number | null) => f.metric(goal.metric, value);

  const option = useMemo((): EChartsCoreOption => {
    const dates = goal.path.map(({ date }) => date);
    const base = baseOption(palette, chartFont());
    const line = { type: "line", showSymbol: false, symbol: "circle", symbolSize: 6 };
    const first = goal.path[0]?.date ?? "";
    const last = goal.path.at(-1)?.date ?? "";
    const values = goal.path.flatMap(({ expected, actual }) => [
      expected,
      ...(actual === null ? [] : [actual]),
    ]);
    // The target's name stands where the least is drawn: away from today's mark, and from a level's days.
    const early = dates.indexOf(today) / dates.length < (goal.kind === "level" ? 0.5 : 0.25);
    const measured = goal.path.filter(({ actual }) => actual !== null).length;
    const padding = (Math.max(goal.target_value, ...values) - Math.min(goal.target_value, ...values)) * 0.15;
    return {
      ...base,
      grid: { left: 4, right: 14, top: 30, bottom: 8, containLabel: true },
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { dataIndex: number }[]) => {
          const point = goal.path[points[0]?.dataIndex ?? 0];
          if (!point) return "";
          const lines = [
            {
              color: palette.expected,
              label: t("goal.pathLegend"),
              value: f.metric(goal.metric, point.expected),
            },
          ];
          if (point.actual !== null) {
            lines.unshift({
              color: palette.sea,
              label: t("goal.actualLegend"),
              value: f.metric(goal.metric, point.actual),
            });
          }
          return tooltipElement(f.date(point.date), lines);
        },
      },
      xAxis: {
        type: "category",
        boundaryGap: false,
        data: dates,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 12,
          hideOverlap: true,
          margin: 12,
          formatter: (date: string) => f.drawn(f.day(date)),
        },
      },
      yAxis: {
        type: "value",
        splitNumber: 4,
        ...(goal.kind === "level"
          ? {
              min: Math.max(0, Math.min(goal.target_value, ...values) - padding),
              max: Math.max(goal.target_value, ...values) + padding,
            }
          : { min: 0 }),
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 12,
          showMinLabel: goal.kind === "total",
          showMaxLabel: goal.kind === "total",
          formatter: (value: number) => f.drawn(f.axis(goal.metric, value)),
        },
      },
      series: [
        {
          ...line,
          data: goal.path.map(({ expected }) => expected),
          lineStyle: { color: palette.expected, width: 2, type: [6, 5] },
          itemStyle: { color: palette.expected },
          z: 2,
          markLine: {
            silent: true,
            symbol: "none",
            animation: false,
            data: [
              {
                yAxis: goal.target_value,
                lineStyle: { color: palette.flag, width: 2, type: "solid" },
                label: {
                  formatter: f.drawn(`${t("goal.target")} ${f.metric(goal.metric, goal.target_value)}`),
                  position: early ? "insideEndTop" : "insideStartTop",
                  color: palette.flag,
                  fontSize: 12.5,
                  fontWeight: 600,
                },
              },
              ...(today >= first && today <= last
                ? [
                    {
                      xAxis: today,
                      lineStyle: { color: palette.inkSoft, width: 1, type: "solid" },
                      label: {
                        formatter: t("goal.today"),
                        position: "end",
                        color: palette.inkSoft,
                        fontSize: 12,
                      },
                    },
                  ]
                : []),
            ],
          },
        },
        goal.kind === "total"
          ? {
              ...line,
              showSymbol: measured === 1,
              data: goal.path.map(({ actual }) => actual),
              lineStyle: { color: palette.sea, width: 3 },
              itemStyle: { color: palette.sea },
              areaStyle: { color: palette.seaWash },
              z: 3,
            }
          : {
              // Single days scatter; where the goal stands is its last seven days, drawn as one mark.
              ...line,
              data: goal.path.map(({ actual }) => actual),
              showSymbol: true,
              symbolSize: 4,
              lineStyle: { color: palette.sea, width: 1, opacity: 0.35 },
              itemStyle: { color: palette.sea, opacity: 0.7 },
              z: 3,
              markPoint:
                goal.progress.actual === null || today < first
                  ? undefined
                  : {
                      silent: true,
                      symbol: "circle",
                      symbolSize: 15,
                      animation: false,
                      itemStyle: { color: palette.sea, borderColor: palette.surface, borderWidth: 3 },
                      label: { show: false },
                      data: [{ coord: [today < last ? today : last, goal.progress.actual] }],
                    },
            },
      ],
    };
  }, [goal, today, f, t, palette]);

  return (
    <Chart
      option={option}
      height={height}
      summary={t("goal.chartSummary", {
        from: amount(goal.path[0]?.expected ?? null),
        target: amount(goal.target_value),
        deadline: f.date(goal.deadline),
        asOf: f.date(today),
        actual: amount(goal.progress.actual),
        expected: amount(goal.progress.expected),
      })}
      table={{
        head: [t("common.date"), t("goal.pathLegend"), t("goal.actualLegend")],
        rows: goal.path.map(({ date, expected, actual }) => [
          f.date(date, "short"),
          amount(expected),
          amount(actual),
        ]),
      }}
      tools={
        <div className={classes.legend} aria-hidden="true">
          <span>
            <i />
            {goal.kind === "total" ? t("goal.actualLegend") : t("goal.daily")}
          </span>
          {goal.kind === "level" && (
            <span>
              <i className={classes.dot} />
              {t("goal.lastWeek")}
            </span>
          )}
          <span>
            <i className={classes.expected} />
            {t("goal.pathLegend")}
          </span>
          <span>
            <i className={classes.target} />
            {t("goal.target")}
          </span>
        </div>
      }
    />
  );
}
