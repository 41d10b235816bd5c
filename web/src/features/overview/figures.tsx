import { Select, Skeleton, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { plain, statsQuery } from "@/api/stats";
import type { Site } from "@/api/types";
import { Change } from "@/ui/change";
import { Explain } from "@/ui/explain";
import { useFormat } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { metricMeaning, metricName } from "@/ui/words";
import { figuresOf } from "./dimensions";
import { AnswerNotes } from "./notes";
import classes from "./overview.module.css";
import { TimeChart } from "./time-chart";
import {
  baseQuery,
  comparisonOf,
  comparisons,
  daysOf,
  type Interval,
  intervalOf,
  intervalsFor,
  lengthInDays,
  type View,
} from "./view";

/** The key figures, each a button that draws its course below. */
export function Figures(props: {
  site: Site;
  view: View;
  today: string;
  onChange: (next: Partial<View>) => void;
}) {
  const { site, view, today, onChange } = props;
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const metrics = figuresOf(view.f ?? []);
  const shown = view.metric && metrics.includes(view.metric) ? view.metric : "visitors";
  const interval = intervalOf(view, today);
  const compared = comparisonOf(view);
  const query = useQuery(
    statsQuery({
      ...baseQuery(view, site.domain, today),
      metrics,
      include: { imports: true, ...comparisons(view) },
    }),
  );
  const row = query.data?.results[0];

  if (query.error) {
    return <ProblemAlert problem={query.error} title={t("problem.query")} retry={() => query.refetch()} />;
  }
  return (
    <Panel padded={false} aria-label={t("overview.figures")}>
      <div className={classes.tiles}>
        {metrics.map((metric, index) => {
          const before = row?.comparison?.metrics[index];
          return (
            <div key={metric} className={classes.tileBox}>
              <Tooltip
                openDelay={500}
                label={
                  <>
                    {metricMeaning(t, metric)}
                    {compared !== "off" && plain(before) !== null && (
                      <>
                        <br />
                        {t("compare.was", { value: f.metric(metric, before) })}
                      </>
                    )}
                  </>
                }
              >
                <button
                  type="button"
                  className={classes.tile}
                  aria-pressed={shown === metric}
                  onClick={() => onChange({ metric })}
                >
                  <span className={classes.tileName}>{metricName(t, metric)}</span>
                  {row ? (
                    <>
                      <span className={classes.tileValue}>
                        {f.metric(metric, row.metrics[index], { compact: true })}
                      </span>
                      {compared !== "off" && <Change metric={metric} value={row.comparison?.change[index]} />}
                    </>
                  ) : (
                    <Skeleton height={38} mt={6} width="70%" />
                  )}
                </button>
              </Tooltip>
              <div className={classes.explain}>
                <Explain
                  site={site.id}
                  range={daysOf(view, today)}
                  title={metricName(t, metric)}
                  meaning={metricMeaning(t, metric)}
                  query={{ ...baseQuery(view, site.domain, today), metrics: [metric] }}
                  event={metric === "pageviews" ? "pageview" : undefined}
                />
              </div>
            </div>
          );
        })}
      </div>
      <AnswerNotes answer={query.data} />
      <div className={classes.chart}>
        <TimeChart
          {...{ site, view, today, interval }}
          metric={shown}
          tools={
            <Select
              aria-label={t("interval.label")}
              size="xs"
              w={130}
              variant="default"
              allowDeselect={false}
              comboboxProps={{ withinPortal: true }}
              data={intervalsFor(lengthInDays(view, today)).map((value) => ({
                value,
                label: t(`interval.${value}`),
              }))}
              value={interval}
              onChange={(value) => onChange({ interval: (value ?? undefined) as Interval | undefined })}
            />
          }
        />
      </div>
    </Panel>
  );
}
