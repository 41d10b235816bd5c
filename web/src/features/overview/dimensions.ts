import type { Filter } from "@/api/types";
import type { MetricName } from "@/ui/metrics";

// The cards of the overview: which breakdowns belong together.

/** Whether the view is narrowed by a dimension. */
const narrowedBy = (filters: Filter[], dimension: string) =>
  filters.some(([, filtered]) => filtered === dimension);

/**
 * The key figures in reading order, as far as the filters let them mean something: a conversion
 * turns attention to itself, and views per visit have no meaning on single pages.
 */
export function figuresOf(filters: Filter[]): MetricName[] {
  if (narrowedBy(filters, "event:goal")) {
    return ["visitors", "visits", "events", "conversion_rate", "total_revenue", "average_revenue"];
  }
  const perVisit = narrowedBy(filters, "event:page") ? "time_on_page" : "views_per_visit";
  return ["visitors", "visits", "pageviews", perVisit, "bounce_rate", "visit_duration"];
}

export interface Tab {
  /** Key of the tab's label. */
  name:
    | "channel"
    | "source"
    | "referrer"
    | "campaign"
    | "page"
    | "entry"
    | "exit"
    | "country"
    | "region"
    | "city"
    | "device"
    | "browser"
    | "os";
  dimension: string;
}

export const CARDS: { name: "sources" | "pages" | "places" | "devices"; tabs: Tab[] }[] = [
  {
    name: "sources",
    tabs: [
      { name: "channel", dimension: "visit:channel" },
      { name: "source", dimension: "visit:source" },
      { name: "referrer", dimension: "visit:referrer" },
      { name: "campaign", dimension: "visit:utm_campaign" },
    ],
  },
  {
    name: "pages",
    tabs: [
      { name: "page", dimension: "event:page" },
      { name: "entry", dimension: "visit:entry_page" },
      { name: "exit", dimension: "visit:exit_page" },
    ],
  },
  {
    name: "places",
    tabs: [
      { name: "country", dimension: "visit:country" },
      { name: "region", dimension: "visit:region" },
      { name: "city", dimension: "visit:city" },
    ],
  },
  {
    name: "devices",
    tabs: [
      { name: "device", dimension: "visit:device" },
      { name: "browser", dimension: "visit:browser" },
      { name: "os", dimension: "visit:os" },
    ],
  },
];

/** Whose source a visit is counted under: its own, or that of an earlier visit of the visitor. */
export const SCOPES = ["visit", "last_non_direct", "first_user"] as const;

export type Scope = (typeof SCOPES)[number];

/** A dimension of where visits came from, in a scope; all others stay what they are. */
export function scoped(dimension: string, scope: Scope): string {
  const isOfSources = dimension === "visit:channel" || dimension === "visit:source";
  return isOfSources && scope !== "visit" ? dimension.replace(":", `:${scope}_`) : dimension;
}

export const UTM = [
  "utm_campaign",
  "utm_source",
  "utm_medium",
  "utm_term",
  "utm_content",
  "utm_id",
  "utm_source_platform",
  "utm_creative_format",
  "utm_marketing_tactic",
] as const;

/** What a row of a breakdown tells; rows are ordered by the first. */
export function columnsOf(dimension: string, filters: Filter[]): [string, ...string[]] {
  if (dimension === "event:goal") return ["visitors", "conversion_rate", "events", "total_revenue"];
  if (dimension === "event:page") return ["visitors", "pageviews"];
  if (dimension.startsWith("event:props:")) return ["visitors", "percentage", "events"];
  return ["visitors", narrowedBy(filters, "event:goal") ? "group_conversion_rate" : "percentage"];
}

/** Every column of the details. */
export function detailColumnsOf(dimension: string): string[] {
  if (dimension === "event:goal")
    return ["visitors", "events", "conversion_rate", "total_revenue", "average_revenue"];
  if (dimension === "event:page")
    return ["visitors", "pageviews", "bounce_rate", "time_on_page", "scroll_depth"];
  if (dimension.startsWith("event:props:")) return ["visitors", "events", "percentage"];
  return ["visitors", "percentage", "visits", "bounce_rate", "engagement_rate", "visit_duration"];
}
