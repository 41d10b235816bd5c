import { Menu } from "@mantine/core";
import {
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useId,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import type { Placed } from "@/api/boards";
import { useFormat } from "@/ui/format";
import { IconGrip } from "@/ui/icons";
import classes from "./boards.module.css";
import { COLUMNS, dropped, keyMove, moved, resized } from "./layout";

/** The tiles of a board, in their order, each as large as it is. */
export function BoardGrid<T extends Placed>(props: {
  tiles: T[];
  render: (tile: T, before?: ReactNode, more?: (title: string) => ReactNode) => ReactNode;
}) {
  return (
    <ul className={classes.grid}>
      {props.tiles.map((tile) => (
        <Cell key={tile.id} tile={tile}>
          {props.render(tile)}
        </Cell>
      ))}
    </ul>
  );
}

const DRAWN = ["trend", "pace"];

function Cell({
  tile,
  children,
  ...rest
}: { tile: Placed; children: ReactNode } & Record<`data-${string}`, unknown>) {
  const size = { "--width": tile.width, "--height": tile.height } as CSSProperties;
  return (
    <li
      className={classes.cell}
      style={size}
      data-tile={tile.id}
      data-chart={DRAWN.includes(tile.kind) || undefined}
      {...rest}
    >
      {children}
    </li>
  );
}

interface Drop {
  at: string;
  after: boolean;
}

/** The same, to be arranged: by dragging, by the keyboard, or by a tile's menu. */
export function EditableGrid<T extends Placed>(props: {
  tiles: T[];
  names: (tile: T) => string;
  onChange: (tiles: T[]) => void;
  onEdit: (tile: T) => void;
  onRemove: (tile: T) => void;
  render: (tile: T, before: ReactNode, more: (title: string) => ReactNode) => ReactNode;
}) {
  const { tiles, onChange } = props;
  const { t, i18n } = useTranslation();
  const f = useFormat();
  const hint = useId();
  const list = useRef<HTMLUListElement>(null);
  const [said, setSaid] = useState("");
  const [dragged, setDragged] = useState<string | null>(null);
  const [drop, setDrop] = useState<Drop | null>(null);
  const rtl = i18n.language === "fa";

  const place = (next: T[], id: string, name: string) => {
    onChange(next);
    const at = next.findIndex((tile) => tile.id === id);
    setSaid(t("boards.movedTo", { title: name, place: f.number(at + 1), count: f.number(next.length) }));
  };
  const size = (id: string, name: string, columns: number, rows: number) => {
    const next = resized(tiles, id, columns, rows);
    const tile = next.find((one) => one.id === id);
    onChange(next);
    if (tile)
      setSaid(
        t("boards.resizedTo", { title: name, width: f.number(tile.width), height: f.number(tile.height) }),
      );
  };
  const step = (id: string, name: string, by: number) =>
    place(moved(tiles, id, tiles.findIndex((tile) => tile.id === id) + by), id, name);

  const press = (tile: T, name: string) => (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      setDragged(null);
      setDrop(null);
    }
    const move = keyMove(event.key, event.shiftKey, rtl);
    if (!move) return;
    event.preventDefault();
    if ("step" in move) {
      step(tile.id, name, move.step);
      const handle = event.currentTarget as HTMLElement;
      // The list is drawn anew in another order: the focus stays with the tile.
      requestAnimationFrame(() => {
        handle.focus();
        handle.scrollIntoView({ block: "nearest" });
      });
    } else size(tile.id, name, move.columns, move.rows);
  };

  /** Where a tile would land if it were let go here. */
  const under = (event: PointerEvent, id: string): Drop | null => {
    const found = document
      .elementsFromPoint(event.clientX, event.clientY)
      .map((element) => element.closest<HTMLElement>("[data-tile]"))
      .find((cell) => cell && list.current?.contains(cell) && cell.dataset.tile !== id);
    if (!found?.dataset.tile) return null;
    const box = found.getBoundingClientRect();
    // In one column, before is above.
    const oneColumn = box.width > (list.current?.clientWidth ?? 0) * 0.9;
    const middle = oneColumn ? box.top + box.height / 2 : box.left + box.width / 2;
    const beyond = oneColumn ? event.clientY > middle : event.clientX > middle;
    return { at: found.dataset.tile, after: oneColumn ? beyond : beyond !== rtl };
  };

  const drag = (tile: T, name: string) => ({
    onPointerDown: (event: PointerEvent<HTMLButtonElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      setDragged(tile.id);
    },
    onPointerMove: (event: PointerEvent) => {
      if (dragged === tile.id) setDrop(under(event, tile.id));
    },
    onPointerUp: (event: PointerEvent) => {
      if (dragged !== tile.id) return;
      const target = drop ?? under(event, tile.id);
      if (target) place(dropped(tiles, tile.id, target.at, target.after), tile.id, name);
      setDragged(null);
      setDrop(null);
    },
    onPointerCancel: () => {
      setDragged(null);
      setDrop(null);
    },
  });

  return (
    <>
      <p id={hint} className="visually-hidden">
        {t("boards.handleHint")}
      </p>
      <p className="visually-hidden" aria-live="assertive">
        {said}
      </p>
      <ul className={classes.grid} ref={list}>
        {tiles.map((tile) => {
          const name = props.names(tile);
          return (
            <Cell
              key={tile.id}
              tile={tile}
              data-editing={true}
              data-dragged={dragged === tile.id || undefined}
              data-drop={drop?.at === tile.id && dragged ? (drop.after ? "after" : "before") : undefined}
            >
              {props.render(
                tile,
                <button
                  type="button"
                  className={classes.handle}
                  aria-label={t("boards.handle", { title: name })}
                  aria-describedby={hint}
                  onKeyDown={press(tile, name)}
                  {...drag(tile, name)}
                >
                  <IconGrip size={17} />
                </button>,
                () => (
                  <>
                    <Menu.Item onClick={() => props.onEdit(tile)}>{t("boards.editTile")}</Menu.Item>
                    <Menu.Item onClick={() => step(tile.id, name, -1)}>{t("boards.earlier")}</Menu.Item>
                    <Menu.Item onClick={() => step(tile.id, name, 1)}>{t("boards.later")}</Menu.Item>
                    <Menu.Item closeMenuOnClick={false} onClick={() => size(tile.id, name, 1, 0)}>
                      {t("boards.wider")}
                    </Menu.Item>
                    <Menu.Item closeMenuOnClick={false} onClick={() => size(tile.id, name, -1, 0)}>
                      {t("boards.narrower")}
                    </Menu.Item>
                    <Menu.Item closeMenuOnClick={false} onClick={() => size(tile.id, name, 0, 1)}>
                      {t("boards.taller")}
                    </Menu.Item>
                    <Menu.Item closeMenuOnClick={false} onClick={() => size(tile.id, name, 0, -1)}>
                      {t("boards.lower")}
                    </Menu.Item>
                    <Menu.Item
                      color="red"
                      onClick={() => {
                        props.onRemove(tile);
                        setSaid(t("boards.removed", { title: name }));
                      }}
                    >
                      {t("common.remove")}
                    </Menu.Item>
                    <Menu.Divider />
                  </>
                ),
              )}
              <Corner
                onResize={(columns, rows) => size(tile.id, name, columns, rows)}
                grid={list}
                rtl={rtl}
                label={t("boards.corner")}
              />
            </Cell>
          );
        })}
      </ul>
    </>
  );
}

/** A corner to drag a tile larger or smaller by whole columns and rows. For the pointer; the keyboard has the handle. */
function Corner(props: {
  grid: React.RefObject<HTMLUListElement | null>;
  rtl: boolean;
  label: string;
  onResize: (columns: number, rows: number) => void;
}) {
  const from = useRef<{ x: number; y: number } | null>(null);
  const move = (event: PointerEvent) => {
    const grid = props.grid.current;
    if (!from.current || !grid) return;
    const column = grid.clientWidth / COLUMNS;
    const row = 72 + 14;
    const columns = Math.round(((event.clientX - from.current.x) / column) * (props.rtl ? -1 : 1));
    const rows = Math.round((event.clientY - from.current.y) / row);
    if (columns === 0 && rows === 0) return;
    from.current = {
      x: from.current.x + columns * column * (props.rtl ? -1 : 1),
      y: from.current.y + rows * row,
    };
    props.onResize(columns, rows);
  };
  return (
    <div
      className={classes.corner}
      title={props.label}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={move}
      onPointerUp={() => {
        from.current = null;
      }}
      onPointerCancel={() => {
        from.current = null;
      }}
    />
  );
}
