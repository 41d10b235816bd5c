import { Skeleton } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { TileData } from "@/api/boards";
import { baseOption, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import type { Formatter } from "@/ui/format";
import { figureText, ofMetric, pointText } from "./sheet";

const ChartCanvas = lazy(() => import("@/ui/chart-canvas"));

/** Draws an option over the whole tile. The tile's own words say the same. */
function Drawn({ option, summary }: { option: EChartsCoreOption; summary: string }) {
  return (
    <figure style={{ margin: 0, flex: 1, minHeight: 0, display: "flex" }}>
      <figcaption className="visually-hidden">{summary}</figcaption>
      <Suspense fallback={<Skeleton height="100%" />}>
        <ChartCanvas option={option} height="100%" />
      </Suspense>
    </figure>
  );
}

interface Line {
  name: string;
  values: (number | null)[];
  color: string;
  dashed?: boolean;
  filled?: boolean;
}

/** Whether single figures stand between days without any. */
function isSparse(values: (number | null)[]): boolean {
  const known = values.flatMap((value, at) => (value === null ? [] : [at]));
  return (known.at(-1) ?? 0) - (known[0] ?? 0) + 1 > known.length || known.length === 1;
}

/** Lines over time, drawn as every other chart is. */
function useLines(
  f: Formatter,
  labels: string[],
  lines: Line[],
  text: (value: number | null) => string,
  target?: number | null,
): EChartsCoreOption {
  const palette = usePalette();
  return useMemo(() => {
    const base = baseOption(palette, chartFont());
    return {
      ...base,
      animation: false,
      grid: { left: 2, right: 18, top: 10, bottom: 8, containLabel: true },
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { dataIndex: number }[]) => {
          const at = points[0]?.dataIndex ?? 0;
          const said = lines
            .filter(({ values }) => values[at] !== null && values[at] !== undefined)
            .map(({ name, color, values }) => ({ color, label: name, value: text(values[at] ?? null) }));
          return tooltipElement(labels[at] ?? "", said);
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
          fontSize: 11,
          hideOverlap: true,
          formatter: (label: string) => f.drawn(label),
        },
      },
      yAxis: {
        type: "value",
        splitNumber: 3,
        max: target ? (range: { max: number }) => Math.max(range.max, target) : undefined,
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 11,
          formatter: (value: number) => f.drawn(text(value)),
        },
      },
      series: lines.map(({ name, values, color, dashed, filled }, at) => ({
        name,
        type: "line",
        symbol: "circle",
        symbolSize: 5,
        // What is read now and then is a line from reading to reading.
        connectNulls: true,
        showSymbol: isSparse(values),
        smooth: 0.12,
        data: values,
        z: filled ? 3 : 1,
        lineStyle: { color, width: dashed ? 1.6 : 2.4, type: dashed ? [5, 4] : "solid" },
        itemStyle: { color },
        areaStyle: filled ? { color: palette.seaWash } : undefined,
        markLine:
          at === 0 && target
            ? {
                silent: true,
                symbol: "none",
                label: { show: false },
                lineStyle: { color: palette.flag, width: 1.5, type: "solid" },
                data: [{ yAxis: target }],
              }
            : undefined,
      })),
    };
  }, [palette, f, labels, lines, text, target]);
}

const ofPoints = <T,>(items: T[], value: (item: T) => number | null | undefined) =>
  items.map((item) => value(item) ?? null);

/** A metric's course, with what was before behind it. */
export function TrendCourse({ data, f, title }: { data: TileData; f: Formatter; title: string }) {
  const { t } = useTranslation();
  const palette = usePalette();
  const [metric] = data.metrics ?? [];
  const points = data.points ?? [];
  const labels = useMemo(
    () => points.map(({ at }) => pointText(f, data.interval, at)),
    [points, f, data.interval],
  );
  const lines = useMemo((): Line[] => {
    const now = {
      name: metric?.name ?? "",
      values: ofPoints(points, ({ value }) => value),
      color: palette.sea,
      filled: true,
    };
    if (!data.compared) return [now];
    const before = {
      name: t("compare.previous"),
      values: ofPoints(points, ({ before }) => before),
      color: palette.expected,
      dashed: true,
    };
    return [before, now];
  }, [metric, points, palette, data.compared, t]);
  const text = useMemo(() => (value: number | null) => ofMetric(f, metric, value, true), [f, metric]);
  const option = useLines(f, labels, lines, text);
  const top = Math.max(...points.map(({ value }) => value ?? 0), 0);
  const summary = t("boards.chart", {
    title,
    points: f.number(points.length),
    top: ofMetric(f, metric, top),
  });
  return <Drawn option={option} summary={summary} />;
}

/** A goal's path: expected, actual, target. */
export function PaceCourse({ data, f, title }: { data: TileData; f: Formatter; title: string }) {
  const { t } = useTranslation();
  const palette = usePalette();
  const goal = data.goal;
  const path = goal?.path ?? [];
  const labels = useMemo(() => path.map(({ date }) => f.day(date)), [path, f]);
  const lines = useMemo(
    (): Line[] => [
      {
        name: t("boards.expected"),
        values: ofPoints(path, ({ expected }) => expected),
        color: palette.expected,
        dashed: true,
      },
      {
        name: t("boards.actual"),
        values: ofPoints(path, ({ actual }) => actual),
        color: palette.sea,
        filled: true,
      },
    ],
    [path, palette, t],
  );
  const text = useMemo(
    () => (value: number | null) => figureText(f, goal?.unit ?? "count", goal?.currency, value, true),
    [f, goal],
  );
  const option = useLines(f, labels, lines, text, goal?.target);
  const summary = t("boards.chart", {
    title,
    points: f.number(path.length),
    top: text(goal?.actual ?? null),
  });
  return <Drawn option={option} summary={summary} />;
}
