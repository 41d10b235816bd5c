import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import type { GoalStatus } from "./goals";
import { workspacePath } from "./queries";
import type { components } from "./schema.gen";
import type { Filter, Role } from "./types";

// Boards of figures, the links that show them, and what each role sees first.

type Schemas = components["schemas"];

export const TILE_KINDS = ["number", "trend", "pace", "breakdown", "table", "funnel", "note"] as const;
export type TileKind = (typeof TILE_KINDS)[number];

export const PERIODS = [
  "day",
  "yesterday",
  "7d",
  "28d",
  "30d",
  "91d",
  "month",
  "last_month",
  "year",
  "12mo",
  "all",
] as const;
export type Period = (typeof PERIODS)[number];

export const COMPARES = ["off", "previous_period", "year_over_year"] as const;
export type Compare = (typeof COMPARES)[number];

/** What decides how a tile stands on its board. */
export interface Placed {
  id: string;
  kind: TileKind;
  title: string;
  /** Columns of twelve. */
  width: number;
  height: number;
  text?: string | null;
}

export interface FunnelStep {
  name: string;
  conversion?: string | null;
  page?: string | null;
}

/** A tile as its board keeps it. */
export interface Tile extends Placed {
  site_id?: string | null;
  metric?: string | null;
  metrics?: string[];
  filters?: Filter[];
  dimension?: string | null;
  rows?: number | null;
  steps?: FunnelStep[];
  window_days?: number | null;
  goal_id?: string | null;
}

export type Board = Omit<Schemas["BoardBody"], "tiles" | "period" | "compare"> & {
  tiles: Tile[];
  period: Period;
  compare: Compare;
};
export type SharedBoard = Omit<Schemas["SharedBoard"], "tiles" | "period" | "compare"> & {
  tiles: Placed[];
  period: Period;
  compare: Compare;
};
export type TileMetric = Omit<Schemas["TileMetric"], "better" | "change_in"> & {
  better: "more" | "less";
  change_in: "percent" | "points";
};
export type TileGoal = Omit<Schemas["TileGoal"], "status"> & { status: GoalStatus };
export type TileData = Omit<Schemas["TileData"], "metrics" | "kind" | "interval" | "goal"> & {
  kind: TileKind;
  metrics?: TileMetric[];
  interval?: "hour" | "day" | "week" | "month" | null;
  goal?: TileGoal | null;
};
export type TileFigure = Schemas["TileFigure"];
export type Share = Schemas["BoardShare"];
export type Homes = Omit<Schemas["Homes"], "items" | "mine"> & {
  items: { role: Role; board_id?: string | null }[];
  mine?: string | null;
};

export interface Days {
  period: Period;
  compare: Compare;
}

/** How often a board asks whether its figures may have changed, milliseconds. */
const BEAT = 5_000;

export const boardsPath = (workspace: string) => `${workspacePath(workspace)}/boards`;

export const boardsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "boards"],
    queryFn: async ({ signal }) =>
      (await call<{ items: Board[] }>("GET", boardsPath(workspace), undefined, signal)).items,
  });

export const boardQuery = (workspace: string, board: string) =>
  queryOptions({
    queryKey: [workspace, "boards", board],
    queryFn: ({ signal }) => call<Board>("GET", `${boardsPath(workspace)}/${board}`, undefined, signal),
  });

export const sharesQuery = (workspace: string, board: string) =>
  queryOptions({
    queryKey: [workspace, "boards", board, "shares"],
    queryFn: async ({ signal }) =>
      (await call<{ items: Share[] }>("GET", `${boardsPath(workspace)}/${board}/shares`, undefined, signal))
        .items,
  });

export const homesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "homes"],
    queryFn: ({ signal }) => call<Homes>("GET", `${workspacePath(workspace)}/homes`, undefined, signal),
    staleTime: 60_000,
  });

interface Pulse {
  pulse: string;
  version: number;
}

export const pulseQuery = (workspace: string, board: string) =>
  queryOptions({
    queryKey: [workspace, "boards", board, "pulse"],
    queryFn: ({ signal }) => call<Pulse>("GET", `${boardsPath(workspace)}/${board}/pulse`, undefined, signal),
    refetchInterval: BEAT,
  });

/** A kept tile's figures; asked for again when `pulse` is another one. */
export const tileQuery = (workspace: string, board: string, tile: Placed, days: Days, pulse: string) =>
  queryOptions({
    queryKey: [workspace, "boards", board, "tile", tile, days, pulse],
    queryFn: ({ signal }) =>
      call<TileData>(
        "GET",
        `${boardsPath(workspace)}/${board}/tiles/${tile.id}/data?period=${days.period}&compare=${days.compare}`,
        undefined,
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchInterval: 60_000,
  });

/** What a tile would show that is not kept yet. */
export const previewQuery = (workspace: string, tile: Tile, days: Days) =>
  queryOptions({
    queryKey: [workspace, "board-preview", tile, days],
    queryFn: ({ signal }) =>
      call<TileData>("POST", `${boardsPath(workspace)}/preview`, { tile, ...days }, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** A board by a link. `key` is what its password gave. */
export class Link {
  constructor(
    readonly token: string,
    readonly key: string,
    readonly locale: string,
  ) {}

  private get<T>(path: string, signal: AbortSignal): Promise<T> {
    const headers: Record<string, string> = this.key ? { "X-Share-Key": this.key } : {};
    return call<T>(
      "GET",
      `/api/v1/shared/${encodeURIComponent(this.token)}${path}`,
      undefined,
      signal,
      headers,
    );
  }

  board = () =>
    queryOptions({
      queryKey: ["shared", this.token, this.key],
      queryFn: ({ signal }) => this.get<SharedBoard>("", signal),
      staleTime: 60_000,
    });

  pulse = () =>
    queryOptions({
      queryKey: ["shared", this.token, this.key, "pulse"],
      queryFn: ({ signal }) => this.get<Pulse>("/pulse", signal),
      refetchInterval: BEAT,
    });

  tile = (tile: Placed, pulse: string) =>
    queryOptions({
      queryKey: ["shared", this.token, this.key, "tile", tile, this.locale, pulse],
      queryFn: ({ signal }) =>
        this.get<TileData>(`/tiles/${tile.id}/data?locale=${encodeURIComponent(this.locale)}`, signal),
      placeholderData: keepPreviousData,
      staleTime: 60_000,
      refetchInterval: 60_000,
    });

  /** Tries a password: the key that opens the link. */
  static open = (token: string, password: string) =>
    call<{ key: string }>("POST", `/api/v1/shared/${encodeURIComponent(token)}/open`, { password });
}
