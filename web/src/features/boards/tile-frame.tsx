import { ActionIcon, Menu, Skeleton } from "@mantine/core";
import { type ReactNode, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Placed, TileData } from "@/api/boards";
import { chartFont, usePalette } from "@/ui/chart";
import { csv, download } from "@/ui/csv";
import { useFormat } from "@/ui/format";
import { IconDots, IconDownload, IconPhoto, IconTable } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import classes from "./boards.module.css";
import { downloadPng, fileName, painted } from "./picture";
import { sheetOf } from "./sheet";
import { SheetTable, TileView } from "./tile-view";

export interface Answer {
  data: TileData | undefined;
  error: unknown;
}

/** A tile: its title, its menu, and what it shows. */
export function TileFrame(props: {
  tile: Placed;
  answer: Answer;
  /** Before the title: a handle to move it by. */
  before?: ReactNode;
  /** More to do with it. */
  more?: (title: string) => ReactNode;
}) {
  const { tile } = props;
  // The last answer stays while the next is awaited, but not that of another kind.
  const data = props.answer.data?.kind === tile.kind ? props.answer.data : undefined;
  const answer = { data, error: props.answer.error };
  const { t, i18n } = useTranslation();
  const f = useFormat();
  const palette = usePalette();
  const id = useId();
  const box = useRef<HTMLElement>(null);
  const [asTable, setAsTable] = useState(false);
  const sheet = sheetOf(t, f, tile, answer.data);
  const waits = tile.kind !== "note" && !answer.data && !answer.error;
  const paint = () => {
    const chart = box.current?.querySelector("canvas") ?? null;
    const picture = painted({
      sheet,
      palette,
      font: chartFont(),
      rtl: i18n.language === "fa",
      chart,
      rows: !chart && tile.kind !== "number",
    });
    downloadPng(fileName(sheet.title, "png"), picture);
  };
  return (
    <section ref={box} className={classes.tile} aria-labelledby={id} aria-busy={waits}>
      <div className={classes.head}>
        {props.before}
        <h2 id={id} title={sheet.title}>
          <bdi>{sheet.title}</bdi>
        </h2>
        <Menu position="bottom-end" withinPortal width={230}>
          <Menu.Target>
            <ActionIcon
              className={classes.tools}
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={t("boards.menu", { title: sheet.title })}
            >
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {props.more?.(sheet.title)}
            {tile.kind !== "note" && tile.kind !== "table" && (
              <Menu.Item leftSection={<IconTable size={16} />} onClick={() => setAsTable(!asTable)}>
                {asTable ? t("boards.asPicture") : t("boards.asTable")}
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconPhoto size={16} />} disabled={waits} onClick={paint}>
              {t("boards.png")}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconDownload size={16} />}
              disabled={waits}
              onClick={() => download(fileName(sheet.title, "csv"), csv(sheet.head, sheet.raw))}
            >
              {t("boards.csv")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <div className={classes.content}>
        {waits ? (
          <Skeleton height="100%" mih={30} />
        ) : answer.error && !answer.data ? (
          <ProblemAlert problem={answer.error} title={t("boards.gone")} />
        ) : asTable ? (
          <SheetTable sheet={sheet} />
        ) : (
          <TileView tile={tile} data={answer.data} sheet={sheet} />
        )}
      </div>
    </section>
  );
}
