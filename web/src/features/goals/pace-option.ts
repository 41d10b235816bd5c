import type { EChartsCoreOption } from "echarts/core";
import type { TFunction } from "i18next";
import type { GoalDetail, Milestone } from "@/api/goals";
import { baseOption, chartFont, type Palette, tooltipElement } from "@/ui/chart";
import { earlier, type Formatter, later } from "@/ui/format";
import { isSum } from "./draft";
import { type Bar, lanes } from "./lanes";

/** What the pace chart is drawn from. */
export interface Drawn {
  goal: GoalDetail;
  today: string;
  f: Formatter;
  t: TFunction;
  palette: Palette;
  /** On a phone the axis and the labels take less room. */
  narrow: boolean;
}

const LANE = 24;
const TOP = 34;
export const PLOT = 300;

export const heightOf = (bars: Bar[]): number =>
  TOP + PLOT + 30 + (bars.length > 0 ? 10 + LANE * (Math.max(...bars.map(({ lane }) => lane)) + 1) : 0);

/** A goal of a sum grows from nothing; all others move at a level. */
export const addsUp = ({ counting }: GoalDetail): boolean =>
  counting.kind === "sum" || counting.kind === "weeks";

export const barsOf = (goal: GoalDetail): Bar[] =>
  lanes(
    goal.work
      .filter(({ start_date, end_date }) => start_date <= goal.deadline && end_date >= goal.start_date)
      .map((work) => ({
        work,
        from: later(work.start_date, goal.start_date),
        to: earlier(work.end_date, goal.deadline),
      })),
  );

/** Annotations within the goal's days, oldest first: their numbers are their marks on the chart. */
export const notesOf = ({ annotations, start_date, deadline }: GoalDetail) =>
  annotations
    .filter(({ date, until }) => (until ?? date) >= start_date && date <= deadline)
    .sort((a, b) => a.date.localeCompare(b.date));

export function paceOption(drawn: Drawn): EChartsCoreOption {
  const { goal, f, palette, narrow } = drawn;
  const dates = goal.path.map(({ date }) => date);
  const base = baseOption(palette, chartFont());
  const bars = barsOf(goal);
  const side = { left: narrow ? 42 : 56, right: narrow ? 10 : 18 };
  const axis = {
    type: "category",
    boundaryGap: false,
    data: dates,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: palette.line } },
  };
  return {
    ...base,
    grid: [
      { ...side, top: TOP, height: PLOT },
      { ...side, top: TOP + PLOT + 38, height: LANE * (Math.max(-1, ...bars.map(({ lane }) => lane)) + 1) },
    ],
    tooltip: { ...(base.tooltip as object), formatter: tooltip(drawn) },
    axisPointer: { link: [{ xAxisIndex: [0, 1] }] },
    xAxis: [
      {
        ...axis,
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 12,
          hideOverlap: true,
          margin: 11,
          formatter: (date: string) => f.drawn(f.day(date)),
        },
      },
      { ...axis, gridIndex: 1, show: false },
    ],
    yAxis: [
      {
        type: "value",
        splitNumber: 4,
        inverse: goal.unit.kind === "rank",
        ...bounds(goal),
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          fontSize: 12,
          showMinLabel: addsUp(goal),
          showMaxLabel: addsUp(goal),
          formatter: (value: number) => f.drawn(f.tick(goal.unit, value)),
        },
      },
      { type: "value", gridIndex: 1, show: false, min: 0, max: 1 },
    ],
    series: [...fan(drawn), ...lines(drawn), milestones(drawn), work(drawn, bars)],
  };
}

function bounds(goal: GoalDetail): object {
  if (addsUp(goal)) return { min: 0 };
  const values = [
    goal.target.value,
    goal.baseline.value,
    ...goal.path.flatMap(({ expected, actual }) => (actual === null ? [expected] : [expected, actual])),
    ...(goal.outlook?.fan.flatMap(({ low, high }) => [low, high]) ?? []),
  ];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const padding = (most - least || Math.abs(most) || 1) * 0.12;
  return { min: least >= 0 ? Math.max(0, least - padding) : least - padding, max: most + padding };
}

const line = { type: "line", showSymbol: false, symbol: "circle", symbolSize: 6, silent: true };

/** Two bands around the forecast. Each is drawn as its lower edge and, upon it, its width. */
function fan({ goal, palette }: Drawn): object[] {
  const found = new Map(goal.outlook?.fan.map((point) => [point.date, point]));
  if (found.size === 0 || goal.progress.days_left <= 0) return [];
  const last = goal.path.findLastIndex(({ actual }) => actual !== null);
  const from = goal.path[last]?.actual ?? null;
  const at = (of: (point: NonNullable<ReturnType<typeof found.get>>) => number, joint: number | null) =>
    goal.path.map(({ date }, index) => {
      const point = found.get(date);
      return point ? of(point) : index === last ? joint : null;
    });
  const edge = (stack: string, data: (number | null)[], color: string | null) => ({
    ...line,
    stack,
    stackStrategy: "all",
    data,
    lineStyle: { opacity: 0 },
    ...(color ? { areaStyle: { color, opacity: 1 } } : {}),
    z: 1,
  });
  return [
    edge(
      "wide",
      at(({ lowest }) => lowest, from),
      null,
    ),
    edge(
      "wide",
      at(({ lowest, highest }) => highest - lowest, 0),
      palette.fanWide,
    ),
    edge(
      "narrow",
      at(({ low }) => low, from),
      null,
    ),
    edge(
      "narrow",
      at(({ low, high }) => high - low, 0),
      palette.fan,
    ),
    {
      ...line,
      data: at(({ expected }) => expected, from),
      lineStyle: { color: palette.sea, width: 2, type: [2, 4] },
      itemStyle: { color: palette.sea },
      z: 3,
    },
  ];
}

function lines({ goal, today, f, t, palette }: Drawn): object[] {
  const first = goal.path[0]?.date ?? "";
  const last = goal.path.at(-1)?.date ?? "";
  const single = goal.path.filter(({ actual }) => actual !== null).length === 1;
  const upright = (xAxis: string, label: string, style: object) => ({
    xAxis,
    lineStyle: { color: palette.inkSoft, width: 1, type: "solid", ...style },
    label: { formatter: label, position: "end", color: palette.inkSoft, fontSize: 12, distance: 4 },
  });
  return [
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
            yAxis: goal.target.value,
            lineStyle: { color: palette.flag, width: 2, type: "solid" },
            label: {
              formatter: f.drawn(`${t("goal.target")} ${f.amount(goal.unit, goal.target.value)}`),
              // Away from where the paths meet it.
              position: "insideStartTop",
              color: palette.flag,
              fontSize: 12.5,
              fontWeight: 600,
            },
          },
          ...(today >= first && today <= last ? [upright(today, f.drawn(t("goal.today")), {})] : []),
          ...notesOf(goal).map(({ date }, index) =>
            upright(later(date, first), `${f.number(index + 1)}`, { type: [2, 3] }),
          ),
        ],
      },
    },
    ...(addsUp(goal) || isSum(goal.counting.kind) || goal.counting.kind === "end_level"
      ? []
      : [
          {
            ...line,
            // Single days scatter around what is counted.
            data: goal.path.map(({ day_value }) => day_value),
            showSymbol: true,
            symbolSize: 3.5,
            lineStyle: { opacity: 0 },
            itemStyle: { color: palette.sea, opacity: 0.45 },
            z: 2,
          },
        ]),
    {
      ...line,
      showSymbol: single,
      connectNulls: true,
      data: goal.path.map(({ actual }) => actual),
      lineStyle: { color: palette.sea, width: 3 },
      itemStyle: { color: palette.sea },
      z: 4,
    },
  ];
}

/** Where a milestone stands: at its own value, or on the expected path. */
const heightAt = (goal: GoalDetail, { date, value }: Milestone): number | null =>
  value ?? goal.path.find((point) => point.date === date)?.expected ?? null;

export const toneOfMilestone = (palette: Palette, { state }: Milestone): string =>
  state === "met" || state === "met_late" ? palette.good : state === "missed" ? palette.bad : palette.inkSoft;

function milestones({ goal, palette }: Drawn): object {
  return {
    type: "scatter",
    symbol: "diamond",
    symbolSize: 13,
    z: 6,
    silent: true,
    data: goal.milestones
      .filter(({ date }) => date >= goal.start_date && date <= goal.deadline)
      .map((milestone) => ({
        value: [milestone.date, heightAt(goal, milestone)],
        itemStyle: {
          color:
            milestone.state === "upcoming" || milestone.state === "near"
              ? palette.surface
              : toneOfMilestone(palette, milestone),
          borderColor: toneOfMilestone(palette, milestone),
          borderWidth: 2,
        },
      })),
  };
}

interface Drawing {
  coord(point: [string, number]): [number, number];
  value(dimension: number): number;
}

/** Work as bars below the chart, on the same days. */
function work({ f, palette, today }: Drawn, bars: Bar[]): object {
  return {
    type: "custom",
    xAxisIndex: 1,
    yAxisIndex: 1,
    silent: true,
    data: bars.map(({ from }, index) => [from, index]),
    tooltip: { show: false },
    renderItem: (_: unknown, api: Drawing) => {
      const bar = bars[api.value(1)];
      if (!bar) return null;
      const [left, bottom] = api.coord([bar.from, 0]);
      const [right] = api.coord([bar.to, 0]);
      const [, top] = api.coord([bar.from, 1]);
      const y = Math.min(top, bottom) + bar.lane * LANE;
      const width = Math.max(right - left, 10);
      const late = !bar.work.done_on && bar.work.end_date < today;
      const color = bar.work.done_on ? palette.good : late ? palette.warn : palette.sea;
      const text = `${bar.work.done_on ? "✓ " : late ? "! " : ""}${bar.work.name}`;
      return {
        type: "group",
        children: [
          {
            type: "rect",
            shape: { x: left, y: y + 3, width, height: LANE - 6, r: 5 },
            style: { fill: color, opacity: 0.17 },
          },
          {
            type: "rect",
            shape: { x: left, y: y + 3, width: 3, height: LANE - 6, r: 1 },
            style: { fill: color },
          },
          {
            type: "text",
            style: {
              x: left + 9,
              y: y + LANE / 2,
              text: f.drawn(text),
              verticalAlign: "middle",
              font: `520 12px ${chartFont()}`,
              fill: palette.ink,
              width: Math.max(width - 14, 60),
              overflow: "truncate",
              ellipsis: "…",
            },
          },
        ],
      };
    },
  };
}

function tooltip({ goal, f, t, palette }: Drawn) {
  const fanOf = new Map(goal.outlook?.fan.map((point) => [point.date, point]));
  const amount = (value: number) => f.amount(goal.unit, value);
  const notes = notesOf(goal);
  return (points: { dataIndex: number }[] | { dataIndex: number }) => {
    const first = Array.isArray(points) ? points[0] : points;
    const point = goal.path[first?.dataIndex ?? 0];
    if (!point) return "";
    const ahead = fanOf.get(point.date);
    const rows = [{ color: palette.expected, label: t("goal.pathLegend"), value: amount(point.expected) }];
    if (point.actual !== null) {
      rows.unshift({ color: palette.sea, label: t("goal.actualLegend"), value: amount(point.actual) });
    } else if (ahead) {
      rows.unshift({
        color: palette.fan,
        label: t("goals.chart.forecast"),
        value: t("goals.chart.between", { low: amount(ahead.low), high: amount(ahead.high) }),
      });
    }
    for (const milestone of goal.milestones.filter(({ date }) => date === point.date)) {
      rows.push({
        color: toneOfMilestone(palette, milestone),
        label: t("goals.milestone.one"),
        value: milestone.name,
      });
    }
    for (const note of notes.filter(({ date }) => date === point.date)) {
      rows.push({ color: palette.inkSoft, label: t("goals.note.one"), value: note.text });
    }
    return tooltipElement(f.date(point.date), rows);
  };
}
