import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { sitePath, workspacePath } from "./queries";
import type { components } from "./schema.gen";

// What stands behind figures: what arrives, what is held back, how a site counts, who is kept.

type Schemas = components["schemas"];
export type Arrival = Schemas["ArrivalBody"];
export type Arrivals = Schemas["Arrivals"];
export type Notice = Schemas["NoticeBody"];
export type SeenEvent = Schemas["SeenBody"];
export type Quarantined = Schemas["QuarantinedBody"];
export type UnknownKey = Schemas["UnknownKeyBody"];
export type Filtered = Schemas["FilteredBody"];
export type Counting = Schemas["CountingBody"];
export type Rules = Schemas["RulesBody"];
export type CountingPreview = Schemas["CountingPreview"];
export type Row = Schemas["RowBody"];
export type Person = Schemas["PersonBody"];
export type Erased = Schemas["Erased"];
export type Replay = Schemas["Replay"];

export const REASONS = [
  "user_agent",
  "ai_crawler",
  "ai_agent",
  "headless",
  "prefetch",
  "data_centre",
  "header_anomaly",
  "spam_referrer",
  "hostname",
  "rate",
  "own_traffic",
] as const;
export type Reason = (typeof REASONS)[number];

const days = ({ from, to }: { from: string; to: string }) => `from=${from}&to=${to}`;

export const arrivalsAfter = (workspace: string, site: string, after: number, signal?: AbortSignal) =>
  call<Arrivals>("GET", `${sitePath(workspace, site)}/qa/arrivals?after=${after}`, undefined, signal);

export const seenQuery = (workspace: string, site: string) =>
  queryOptions({
    queryKey: [workspace, "qa", site, "events"],
    queryFn: async ({ signal }) =>
      (await call<{ items: SeenEvent[] }>("GET", `${sitePath(workspace, site)}/qa/events`, undefined, signal))
        .items,
  });

export const quarantineQuery = (workspace: string, site: string) =>
  queryOptions({
    queryKey: [workspace, "qa", site, "quarantine"],
    queryFn: async ({ signal }) =>
      (
        await call<{ items: Quarantined[] }>(
          "GET",
          `${sitePath(workspace, site)}/qa/quarantine`,
          undefined,
          signal,
        )
      ).items,
  });

export const unknownKeysQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "unknown-keys"],
    queryFn: async ({ signal }) =>
      (
        await call<{ items: UnknownKey[] }>(
          "GET",
          `${workspacePath(workspace)}/unknown-keys`,
          undefined,
          signal,
        )
      ).items,
  });

export const filteredQuery = (workspace: string, site: string, range: { from: string; to: string }) =>
  queryOptions({
    queryKey: [workspace, "filtered", site, range],
    queryFn: ({ signal }) =>
      call<Filtered>("GET", `${sitePath(workspace, site)}/filtered?${days(range)}`, undefined, signal),
  });

export const countingQuery = (workspace: string, site: string) =>
  queryOptions({
    queryKey: [workspace, "counting", site],
    queryFn: ({ signal }) =>
      call<Counting>("GET", `${sitePath(workspace, site)}/counting`, undefined, signal),
  });

export const rowsQuery = (
  workspace: string,
  site: string,
  of: { from: string; to: string; name?: string; filtered?: boolean },
) =>
  queryOptions({
    queryKey: [workspace, "rows", site, of],
    queryFn: async ({ signal }) => {
      const name = of.name ? `&name=${encodeURIComponent(of.name)}` : "";
      const filtered = of.filtered === undefined ? "" : `&filtered=${of.filtered}`;
      const path = `${sitePath(workspace, site)}/rows?${days(of)}${name}${filtered}`;
      return (await call<{ rows: Row[] }>("GET", path, undefined, signal)).rows;
    },
  });

export const personPath = (
  workspace: string,
  site: string,
  who: { user_id?: string; anonymous_id?: string },
) => {
  const given = Object.entries(who).filter(([, id]) => id?.trim());
  return `${sitePath(workspace, site)}/people?${new URLSearchParams(given as [string, string][])}`;
};
