import type { Tile, TileKind } from "@/api/boards";

// A tile while it is being made.

const SIZES: Record<TileKind, [number, number]> = {
  number: [3, 2],
  trend: [6, 4],
  pace: [6, 4],
  breakdown: [4, 5],
  table: [8, 5],
  funnel: [6, 3],
  note: [4, 3],
};

/** A tile of a kind, with what is usual in it. */
export function blankTile(kind: TileKind, id: string, site: string): Tile {
  const [width, height] = SIZES[kind];
  const tile: Tile = { id, kind, title: "", width, height };
  switch (kind) {
    case "note":
      return { ...tile, text: "" };
    case "pace":
      return { ...tile, goal_id: null };
    case "funnel":
      return { ...tile, site_id: site, steps: [{ name: "" }, { name: "" }], window_days: 7 };
    case "table":
      return {
        ...tile,
        site_id: site,
        metrics: ["visitors", "visits"],
        dimension: "visit:channel",
        rows: 10,
      };
    case "breakdown":
      return { ...tile, site_id: site, metric: "visitors", dimension: "visit:channel", rows: 10 };
    default:
      return { ...tile, site_id: site, metric: "visitors" };
  }
}

/** Whether a tile has all that its kind needs; the server says whether it is right. */
export function isWhole(tile: Tile): boolean {
  switch (tile.kind) {
    case "note":
      return Boolean(tile.text?.trim());
    case "pace":
      return Boolean(tile.goal_id);
    case "funnel": {
      const steps = (tile.steps ?? []).map(({ conversion, page }) => conversion || page || "");
      return (
        Boolean(tile.site_id) &&
        steps.length >= 2 &&
        steps.every(Boolean) &&
        new Set(steps).size === steps.length
      );
    }
    case "table":
      return Boolean(tile.site_id && tile.metrics?.length && tile.dimension);
    case "breakdown":
      return Boolean(tile.site_id && tile.metric && tile.dimension);
    default:
      return Boolean(tile.site_id && tile.metric);
  }
}
