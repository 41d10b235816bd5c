import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { EChartsCoreOption } from "echarts/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSiteStatus } from "@/api/live";
import { seriesOf, statsQuery } from "@/api/stats";
import { baseOption, Chart, chartFont, tooltipElement, usePalette } from "@/ui/chart";
import { addDays, todayIn, useFormat } from "@/ui/format";
import { IconAlert, IconCheck } from "@/ui/icons";
import { perBucket } from "@/ui/metrics";
import { ProblemAlert } from "@/ui/page";
import { metricName } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import { isComplete } from "./draft";
import type { StepProps } from "./goal-wizard";
import { OwnWords } from "./own-words";
import classes from "./wizard.module.css";
import { kindOf } from "./wording";

/** M: the figure's own past, and whether data for it arrives. */
export function MeasurableStep(props: StepProps) {
  const { draft, change, site, preview } = props;
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const { workspace } = useHere();
  const status = useSiteStatus(workspace.id, site.id);
  const last = status?.last_event_at;
  return (
    <>
      {isComplete(draft, "S") ? (
        <Past {...props} />
      ) : (
        <p className={classes.note}>{t("wizard.incomplete", { letters: t("letter.S.name") })}</p>
      )}
      {preview && (
        <p className={classes.meaning}>
          {t("wizard.baselineIs", {
            value: f.metric(draft.metric ?? "", preview.baseline.value),
            from: f.date(preview.baseline.from, "short"),
            to: f.date(preview.baseline.to, "short"),
          })}
        </p>
      )}
      {status && (
        <p className={`${classes.note} ${last ? classes.ok : classes.open}`}>
          {last ? <IconCheck size={17} /> : <IconAlert size={17} />}
          {last ? t("wizard.dataArrives", { ago: f.ago(last, new Date()) }) : t("wizard.dataMissing")}
        </p>
      )}
      <OwnWords letter="M" draft={draft} change={change} />
    </>
  );
}

function Past({ draft, site }: StepProps) {
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const palette = usePalette();
  const metric = draft.metric ?? "visitors";
  const today = todayIn(site.time_zone);
  // Whole weeks only, so that the last point is not a part of one.
  const weekday = (new Date(`${today}T12:00:00Z`).getUTCDay() + 6) % 7;
  const to = addDays(today, -weekday - 1);
  const query = useQuery(
    statsQuery({
      site_id: site.domain,
      metrics: [perBucket(metric)],
      date_range: [addDays(to, -7 * 26 + 1), to],
      dimensions: ["time:week"],
      filters: draft.filters,
      include: { time_labels: true },
    }),
  );
  const series = useMemo(
    () => (query.data ? seriesOf(query.data, 0, kindOf(metric) === "total" ? 0 : null) : null),
    [query.data, metric],
  );
  const option = useMemo((): EChartsCoreOption | null => {
    if (!series) return null;
    const base = baseOption(palette, chartFont());
    return {
      ...base,
      tooltip: {
        ...(base.tooltip as object),
        formatter: (points: { dataIndex: number }[]) => {
          const at = points[0]?.dataIndex ?? 0;
          return tooltipElement(f.date(series.labels[at] ?? ""), [
            {
              color: palette.sea,
              label: metricName(t, metric),
              value: f.metric(metric, series.values[at] ?? null),
            },
          ]);
        },
      },
      xAxis: {
        type: "category",
        data: series.labels,
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
        splitNumber: 3,
        splitLine: { lineStyle: { color: palette.line } },
        axisLabel: {
          color: palette.inkSoft,
          formatter: (value: number) => f.drawn(f.axis(metric, value)),
        },
      },
      series: [
        {
          type: "line",
          data: series.values,
          showSymbol: false,
          lineStyle: { color: palette.sea, width: 2.2 },
          itemStyle: { color: palette.sea },
          areaStyle: { color: palette.seaWash },
        },
      ],
    };
  }, [series, palette, f, t, metric]);
  if (query.error) return <ProblemAlert problem={query.error} title={t("problem.query")} />;
  if (!series || !option) return <Skeleton height={200} />;
  const flat = series.values.every((value) => !value);
  return (
    <div>
      <p style={{ marginBlockEnd: 8 }}>{t("wizard.measureLead")}</p>
      <Chart
        option={option}
        height={190}
        summary={t("wizard.measureSummary", { metric: metricName(t, metric) })}
        table={{
          head: [t("common.date"), metricName(t, metric)],
          rows: series.labels.map((label, at) => [
            f.date(label, "short"),
            f.metric(metric, series.values[at] ?? null),
          ]),
        }}
      />
      {flat && (
        <p className={`${classes.note} ${classes.open}`}>
          <IconAlert size={17} />
          {t("wizard.dataFlat")}
        </p>
      )}
    </div>
  );
}
