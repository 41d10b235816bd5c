import { Button, Skeleton, Table, useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { lazy, type ReactNode, Suspense, useMemo, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import classes from "./chart.module.css";
import { IconChartLine, IconTable } from "./icons";

const ChartCanvas = lazy(() => import("./chart-canvas"));

/** Colours of the current scheme, for what is drawn on a canvas. */
export interface Palette {
  ink: string;
  inkSoft: string;
  line: string;
  surface: string;
  sea: string;
  seaWash: string;
  flag: string;
  expected: string;
  good: string;
  warn: string;
  bad: string;
  /** The bands of a forecast: where 95 and 80 of 100 outcomes lie. */
  fanWide: string;
  fan: string;
}

const LIGHT: Palette = {
  ink: "#10202c",
  inkSoft: "#566672",
  line: "#e2e7e9",
  surface: "#ffffff",
  sea: "#1f6f9a",
  seaWash: "rgba(31, 111, 154, 0.10)",
  flag: "#c93727",
  expected: "#8696a1",
  good: "#1c7a50",
  warn: "#96590a",
  bad: "#b83223",
  fanWide: "rgba(31, 111, 154, 0.11)",
  fan: "rgba(31, 111, 154, 0.20)",
};
const DARK: Palette = {
  ink: "#e4ecf1",
  inkSoft: "#9aabb7",
  line: "#22303b",
  surface: "#131e27",
  sea: "#5faad0",
  seaWash: "rgba(95, 170, 208, 0.14)",
  flag: "#f07a67",
  expected: "#7b8e9b",
  good: "#5fc796",
  warn: "#e3b260",
  bad: "#f28b7b",
  fanWide: "rgba(95, 170, 208, 0.13)",
  fan: "rgba(95, 170, 208, 0.24)",
};

const PAPER = "print";

/** Whether the page is being laid out for paper, which is always light. */
function usePrinting(): boolean {
  return useSyncExternalStore(
    (tell) => {
      const media = window.matchMedia(PAPER);
      media.addEventListener("change", tell);
      return () => media.removeEventListener("change", tell);
    },
    () => window.matchMedia(PAPER).matches,
  );
}

export function usePalette(): Palette {
  const scheme = useComputedColorScheme("light");
  return usePrinting() || scheme === "light" ? LIGHT : DARK;
}

/** Lines that every chart shares: quiet axes, tabular figures, a plain tooltip. */
export function baseOption(palette: Palette, font: string): EChartsCoreOption {
  return {
    animation: !window.matchMedia("(prefers-reduced-motion: reduce), print").matches,
    animationDuration: 350,
    textStyle: { fontFamily: font, color: palette.inkSoft },
    grid: { left: 4, right: 12, top: 28, bottom: 8, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink, fontFamily: font, fontSize: 13 },
      extraCssText: "box-shadow: 0 4px 16px rgb(0 0 0 / 0.12); border-radius: 8px;",
      axisPointer: { lineStyle: { color: palette.expected, type: "solid", width: 1 } },
    },
  };
}

export interface ChartTable {
  head: string[];
  rows: string[][];
}

/**
 * A chart with words for those who do not see it: `summary` is read out, and the figures are a
 * button away as a table.
 */
export function Chart({
  option,
  height = 260,
  summary,
  table,
  tools,
}: {
  option: EChartsCoreOption;
  height?: number;
  summary: string;
  table?: ChartTable;
  tools?: ReactNode;
}) {
  const { t } = useTranslation();
  const [asTable, setAsTable] = useState(false);
  const shown = useMemo(() => option, [option]);
  return (
    <figure className={classes.figure}>
      <figcaption className="visually-hidden">{summary}</figcaption>
      {tools}
      {asTable && table ? (
        <div className={classes.table} style={{ minHeight: height }}>
          <Table striped stickyHeader className="tabular">
            <Table.Thead>
              <Table.Tr>
                {table.head.map((cell) => (
                  <Table.Th key={cell} scope="col">
                    {cell}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {table.rows.map((row) => (
                <Table.Tr key={row[0]}>
                  {row.map((cell, column) => (
                    <Table.Td key={table.head[column]}>{cell}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      ) : (
        <Suspense fallback={<Skeleton height={height} />}>
          <ChartCanvas option={shown} height={height} />
        </Suspense>
      )}
      {table && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          mt={6}
          className={classes.switch}
          leftSection={asTable ? <IconChartLine size={14} /> : <IconTable size={14} />}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? t("common.chart") : t("common.table")}
        </Button>
      )}
    </figure>
  );
}

/** A tooltip's content as an element: no markup is parsed, so no value can smuggle any in. */
export function tooltipElement(title: string, lines: { color?: string; label: string; value: string }[]) {
  const box = document.createElement("div");
  box.className = classes.tooltip ?? "";
  box.dir = document.documentElement.dir;
  const head = document.createElement("div");
  head.textContent = title;
  head.style.fontWeight = "600";
  box.append(head);
  for (const { color, label, value } of lines) {
    const line = document.createElement("div");
    const dot = document.createElement("span");
    dot.style.cssText = `display:inline-block;width:9px;height:9px;border-radius:50%;margin-inline-end:7px;background:${color ?? "transparent"}`;
    line.append(dot, `${label}: `);
    const strong = document.createElement("b");
    strong.textContent = value;
    line.append(strong);
    box.append(line);
  }
  return box;
}

export const chartFont = (): string =>
  document.documentElement.lang === "fa" ? "Vazirmatn, Inter, sans-serif" : "Inter, Vazirmatn, sans-serif";
