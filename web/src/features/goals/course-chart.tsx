import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { baseOption, Chart, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import { Panel } from "@/ui/panel";
import classes from "./goals.module.css";
import type { SectionProps } from "./section";

/** How the probability went, one kept forecast a day. */
export function CourseChart({ goal, f }: SectionProps) {
  const { t } = useTranslation();
  const palette = usePalette();
  const { course } = goal;
  const percent = (probability: number) => f.chance(probability);
  const option = useMemo(() => {
    const base = baseOption(palette, chartFont());
    const level = (yAxis: number) => ({
      yAxis,
      lineStyle: { color: palette.line, width: 1.2, type: [4, 4] },
    });
    return {
      ...base,
      grid: { left: 46, right: 14, top: 14, bottom: 26 },
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { dataIndex: number }[]) => {
          const point = course[points[0]?.dataIndex ?? 0];
          if (!point) return "";
          return tooltipElement(f.date(point.date), [
            {
              color: palette.sea,
              label: t("goals.probability"),
              value: f.chance(point.probability),
            },
          ]);
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
          fontSize: 12,
          hideOverlap: true,
          formatter: (date: string) => f.drawn(f.day(date)),
        },
      },
      yAxis: {
        type: "value",
        min: 0,
        max: 1,
        interval: 0.5,
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 12,
          formatter: (value: number) => f.drawn(f.percent(value * 100, 0)),
        },
      },
      series: [
        {
          type: "line",
          data: course.map(({ probability }) => probability),
          showSymbol: course.length < 3,
          symbol: "circle",
          symbolSize: 7,
          lineStyle: { color: palette.sea, width: 2.4 },
          itemStyle: { color: palette.sea },
          areaStyle: { color: palette.seaWash },
          // Below it a goal is behind, above it ahead.
          markLine: {
            silent: true,
            symbol: "none",
            animation: false,
            label: { show: false },
            data: [level(0.4), level(0.9)],
          },
        },
      ],
    };
  }, [course, f, palette, t]);
  const first = course[0];
  const last = course.at(-1);
  return (
    <Panel className={classes.block}>
      <h2>{t("goals.course.title")}</h2>
      {first && last ? (
        <>
          <p className={classes.lead}>{t("goals.course.lead")}</p>
          <Chart
            option={option}
            height={220}
            summary={t("goals.course.summary", {
              first: percent(first.probability),
              from: f.date(first.date),
              last: percent(last.probability),
              to: f.date(last.date),
            })}
            table={{
              head: [t("common.date"), t("goals.probability"), t("goals.figure.forecast")],
              rows: [...course]
                .reverse()
                .map(({ date, probability, expected }) => [
                  f.date(date, "short"),
                  percent(probability),
                  f.amount(goal.unit, expected),
                ]),
            }}
          />
        </>
      ) : (
        <p className={classes.lead}>{t("goals.course.empty")}</p>
      )}
    </Panel>
  );
}
