/** What a metric's numbers are counted in. */
export type Unit = "count" | "percent" | "seconds" | "money" | "ratio";

interface Metric {
  unit: Unit;
  /** Which direction is good news. */
  better: "more" | "less";
}

const METRICS = {
  visitors: { unit: "count", better: "more" },
  visits: { unit: "count", better: "more" },
  pageviews: { unit: "count", better: "more" },
  events: { unit: "count", better: "more" },
  views_per_visit: { unit: "ratio", better: "more" },
  bounce_rate: { unit: "percent", better: "less" },
  engaged_visits: { unit: "count", better: "more" },
  engagement_rate: { unit: "percent", better: "more" },
  visit_duration: { unit: "seconds", better: "more" },
  conversion_rate: { unit: "percent", better: "more" },
  group_conversion_rate: { unit: "percent", better: "more" },
  percentage: { unit: "percent", better: "more" },
  total_revenue: { unit: "money", better: "more" },
  average_revenue: { unit: "money", better: "more" },
  scroll_depth: { unit: "percent", better: "more" },
  time_on_page: { unit: "seconds", better: "more" },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

export const isMetric = (name: string): name is MetricName => name in METRICS;
export const unitOf = (name: string): Unit => (isMetric(name) ? METRICS[name].unit : "count");
export const betterOf = (name: string): "more" | "less" => (isMetric(name) ? METRICS[name].better : "more");

/** What to ask a metric's course as: a day's rate is of that day's visitors, not of the whole period's. */
export const perBucket = (metric: string): string =>
  metric === "conversion_rate" ? "group_conversion_rate" : metric;

/** These need a conversion in the filters to mean anything. */
export const needsConversion = (metric: string): boolean =>
  ["conversion_rate", "total_revenue", "average_revenue"].includes(metric);

/** Dimensions a person can filter by, in the order they are offered. */
export const FILTER_DIMENSIONS = [
  "visit:channel",
  "visit:source",
  "visit:referrer",
  "visit:utm_campaign",
  "visit:utm_source",
  "visit:utm_medium",
  "visit:utm_term",
  "visit:utm_content",
  "visit:utm_id",
  "visit:utm_source_platform",
  "visit:utm_creative_format",
  "visit:utm_marketing_tactic",
  "visit:last_non_direct_channel",
  "visit:last_non_direct_source",
  "visit:last_non_direct_medium",
  "visit:last_non_direct_campaign",
  "visit:first_user_channel",
  "visit:first_user_source",
  "visit:first_user_medium",
  "visit:first_user_campaign",
  "event:goal",
  "event:page",
  "visit:entry_page",
  "visit:exit_page",
  "visit:country",
  "visit:region",
  "visit:city",
  "visit:device",
  "visit:browser",
  "visit:os",
  "event:hostname",
] as const;
