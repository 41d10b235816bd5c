import { useInViewport } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { lastWeeksQuery, type Metric } from "@/api/dictionary";
import { Delta } from "@/ui/change";
import { useFormat } from "@/ui/format";
import { Sparkline } from "@/ui/sparkline";
import { useHere } from "@/ui/workspace";
import { courseOf } from "./course";
import classes from "./metrics.module.css";

/** A metric's last weeks, asked for when its place comes on the screen. */
function useLastWeeks(metric: Metric, site: string) {
  const { workspace } = useHere();
  const { ref, inViewport } = useInViewport<HTMLLIElement>();
  const [seen, setSeen] = useState(false);
  useEffect(() => setSeen((before) => before || inViewport), [inViewport]);
  const values = useQuery({
    ...lastWeeksQuery(workspace.id, metric.key, site),
    enabled: seen && !metric.needs && site !== "",
  });
  return { ref, values };
}

/** A metric with its figure and the course of its last weeks: as a card, or as a row among ready ones. */
export function MetricItem({
  metric,
  site,
  owner,
  row,
}: {
  metric: Metric;
  site: string;
  owner?: string;
  row?: boolean;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const { ref, values } = useLastWeeks(metric, site);
  const found = values.data;
  const unit = found?.unit ?? metric.unit;
  const empty = found && found.value === null;
  const course = found ? courseOf(found) : [];
  return (
    <li ref={ref} className={row ? classes.row : classes.card} data-metric={metric.key}>
      <h4 className={classes.name}>
        <Link
          to="/w/$workspace/settings/metrics"
          params={{ workspace: workspace.id }}
          search={{ metric: metric.key }}
          resetScroll={false}
        >
          <bdi>{metric.name}</bdi>
        </Link>
      </h4>
      <div className={classes.figure}>
        {metric.needs ? (
          <span className={classes.soft}>
            {t(metric.needs === "page" ? "dictionary.needsPage" : "dictionary.needsConversion")}
          </span>
        ) : values.error || empty ? (
          <span className={classes.soft}>
            {metric.observed ? t("dictionary.noReadings") : t("dictionary.nothing")}
          </span>
        ) : (
          <>
            <b data-testid="figure">{found ? f.amount(unit, found.value, { compact: true }) : "…"}</b>
            {found && typeof found.change === "number" && (
              <Delta better={metric.better} points={found.nature === "share"} value={found.change} />
            )}
          </>
        )}
      </div>
      <Sparkline
        values={course.map(({ value }) => value)}
        zero={found?.nature === "flow" || found?.nature === "money"}
      />
      {!row && <Facts metric={metric} owner={owner} />}
    </li>
  );
}

function Facts({ metric, owner }: { metric: Metric; owner?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const newest = metric.versions.at(-1);
  return (
    <p className={classes.facts}>
      <span>{unitText(t, metric)}</span>
      <span>{t(metric.better === "less" ? "dictionary.lessIsBetter" : "dictionary.moreIsBetter")}</span>
      {owner && <bdi>{owner}</bdi>}
      {newest && newest.number > 1 && (
        <span>{t("dictionary.versionShort", { n: f.number(newest.number) })}</span>
      )}
      {metric.used_by.length > 0 && (
        <span>{t("dictionary.usedTimes", { n: f.number(metric.used_by.length) })}</span>
      )}
    </p>
  );
}

/** A metric's unit in words: money by its currency. */
export function unitText(t: TFunction, { unit }: Metric): string {
  return unit.currency ?? t(`dictionary.units.${unit.kind}`);
}
