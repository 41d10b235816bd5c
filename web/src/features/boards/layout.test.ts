import { describe, expect, it } from "vitest";
import { dropped, freeId, keyMove, moved, resized } from "./layout";

const tiles = ["a", "b", "c", "d"].map((id) => ({ id, width: 4, height: 2 }));
const order = (list: { id: string }[]) => list.map(({ id }) => id).join("");

describe("the order of tiles", () => {
  it("moves one and keeps the others as they stood", () => {
    expect(order(moved(tiles, "a", 2))).toBe("bcad");
    expect(order(moved(tiles, "d", 0))).toBe("dabc");
    expect(order(moved(tiles, "d", 9))).toBe("abcd");
    expect(order(moved(tiles, "a", -1))).toBe("abcd");
    expect(order(moved(tiles, "x", 1))).toBe("abcd");
  });

  it("drops one before or after another", () => {
    expect(order(dropped(tiles, "a", "c", false))).toBe("bacd");
    expect(order(dropped(tiles, "a", "c", true))).toBe("bcad");
    expect(order(dropped(tiles, "d", "a", false))).toBe("dabc");
    expect(order(dropped(tiles, "d", "x", false))).toBe("abcd");
  });

  it("gives a new tile an id that nobody has", () => {
    expect(freeId(tiles)).toBe("t5");
    expect(freeId([{ id: "t2" }])).toBe("t3");
  });
});

describe("the size of a tile", () => {
  it("stays within the grid", () => {
    const size = (columns: number, rows: number) => {
      const [first] = resized(tiles, "a", columns, rows);
      return [first?.width, first?.height];
    };
    expect(size(1, 1)).toEqual([5, 3]);
    expect(size(99, 99)).toEqual([12, 8]);
    expect(size(-99, -99)).toEqual([2, 1]);
  });
});

describe("arrow keys", () => {
  it("move along the line of reading", () => {
    expect(keyMove("ArrowRight", false, false)).toEqual({ step: 1 });
    expect(keyMove("ArrowRight", false, true)).toEqual({ step: -1 });
    expect(keyMove("ArrowUp", false, true)).toEqual({ step: -1 });
    expect(keyMove("Enter", false, false)).toBeNull();
  });

  it("change the size with Shift", () => {
    expect(keyMove("ArrowLeft", true, false)).toEqual({ columns: -1, rows: 0 });
    expect(keyMove("ArrowLeft", true, true)).toEqual({ columns: 1, rows: 0 });
    expect(keyMove("ArrowDown", true, false)).toEqual({ columns: 0, rows: 1 });
  });
});
