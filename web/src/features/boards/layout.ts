// Where tiles stand: an order and a size each. Reading, tabbing and a phone's one column follow the order.

export const COLUMNS = 12;
const LEAST_WIDTH = 2;
const MOST_HEIGHT = 8;

interface Sized {
  id: string;
  width: number;
  height: number;
}

const within = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value));

/** The tiles with one of them at another place, counted from 0. */
export function moved<T extends Sized>(tiles: T[], id: string, to: number): T[] {
  const from = tiles.findIndex((tile) => tile.id === id);
  const tile = tiles[from];
  if (!tile) return tiles;
  const rest = tiles.filter((other) => other.id !== id);
  const place = within(to, 0, rest.length);
  return place === from ? tiles : [...rest.slice(0, place), tile, ...rest.slice(place)];
}

/** The tiles with one of them dropped before or after another. */
export function dropped<T extends Sized>(tiles: T[], id: string, at: string, after: boolean): T[] {
  const rest = tiles.filter((tile) => tile.id !== id);
  const place = rest.findIndex((tile) => tile.id === at);
  return place < 0 ? tiles : moved(tiles, id, place + (after ? 1 : 0));
}

/** The tiles with one of them wider and higher by so many columns and rows. */
export function resized<T extends Sized>(tiles: T[], id: string, columns: number, rows: number): T[] {
  return tiles.map((tile) =>
    tile.id === id
      ? {
          ...tile,
          width: within(tile.width + columns, LEAST_WIDTH, COLUMNS),
          height: within(tile.height + rows, 1, MOST_HEIGHT),
        }
      : tile,
  );
}

/** An id that no tile has. */
export function freeId(tiles: { id: string }[]): string {
  let number = tiles.length + 1;
  while (tiles.some(({ id }) => id === `t${number}`)) number += 1;
  return `t${number}`;
}

/** What an arrow key does to a tile: a place earlier or later, or, with Shift, its size. `null`: nothing. */
export function keyMove(
  key: string,
  shift: boolean,
  rtl: boolean,
): { step: number } | { columns: number; rows: number } | null {
  const forward = rtl ? "ArrowLeft" : "ArrowRight";
  const back = rtl ? "ArrowRight" : "ArrowLeft";
  if (shift) {
    if (key === forward) return { columns: 1, rows: 0 };
    if (key === back) return { columns: -1, rows: 0 };
    if (key === "ArrowDown") return { columns: 0, rows: 1 };
    if (key === "ArrowUp") return { columns: 0, rows: -1 };
    return null;
  }
  if (key === forward || key === "ArrowDown") return { step: 1 };
  if (key === back || key === "ArrowUp") return { step: -1 };
  return null;
}
