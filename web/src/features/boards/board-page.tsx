import { Button, Group, Select, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Board,
  boardQuery,
  boardsPath,
  COMPARES,
  type Compare,
  type Days,
  PERIODS,
  type Period,
  previewQuery,
  pulseQuery,
  type Tile,
  tileQuery,
} from "@/api/boards";
import { call, Problem } from "@/api/client";
import { ConfirmButton } from "@/ui/confirm";
import { useFormat } from "@/ui/format";
import { IconMaximize, IconMinimize, IconPencil, IconPlus, IconShare } from "@/ui/icons";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import { BoardForm } from "./board-form";
import { BoardGrid, EditableGrid } from "./board-grid";
import classes from "./boards.module.css";
import { freeId } from "./layout";
import { ShareDialog } from "./share-dialog";
import { TileEditor } from "./tile-editor";
import { TileFrame } from "./tile-frame";

const route = getRouteApi("/w/$workspace/boards/$board");

export function BoardPage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const { board: id } = route.useParams();
  const board = useQuery(boardQuery(workspace.id, id));
  if (board.error) {
    return (
      <Page title={t("boards.title")}>
        <ProblemAlert problem={board.error} retry={() => board.refetch()} />
      </Page>
    );
  }
  if (!board.data) {
    return (
      <Page title={t("boards.title")}>
        <Skeleton height={320} />
      </Page>
    );
  }
  return <OpenBoard key={id} board={board.data} />;
}

function OpenBoard({ board }: { board: Board }) {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const path = `${boardsPath(workspace.id)}/${board.id}`;
  const [draft, setDraft] = useState<Tile[] | null>(null);
  const [days, setDays] = useState<Days>({ period: board.period, compare: board.compare });
  const [tile, setTile] = useState<Tile | "new" | null>(null);
  const [sharing, setSharing] = useState(false);
  const [wall, setWall] = useWall();
  const { data: pulse, isError: noPulse } = useQuery(pulseQuery(workspace.id, board.id));
  const options = boardQuery(workspace.id, board.id);

  // Someone else changed the board: show it, unless it is being edited here.
  useEffect(() => {
    if (pulse && pulse.version > board.version && !draft)
      client.invalidateQueries({ queryKey: options.queryKey, exact: true });
  }, [pulse, board.version, draft, client, options.queryKey]);

  const save = useMutation({
    mutationFn: (changes: Partial<Board>) =>
      call<Board>("PATCH", path, { ...changes, version: board.version }),
    onSuccess: (saved) => {
      client.setQueryData(options.queryKey, saved);
      client.invalidateQueries({ queryKey: [workspace.id, "boards"], exact: true });
      setDraft(null);
    },
  });
  const tiles = draft ?? board.tiles;
  const stale = save.error instanceof Problem && save.error.code === "stale";
  const put = (kept: Tile) => {
    const known = tiles.some(({ id }) => id === kept.id);
    setDraft(known ? tiles.map((other) => (other.id === kept.id ? kept : other)) : [...tiles, kept]);
    setTile(null);
  };
  const begin = (first: Tile | "new" | null) => {
    setDraft(board.tiles);
    setTile(first);
    save.reset();
  };
  const live = (one: Tile, before?: React.ReactNode, more?: (title: string) => React.ReactNode) => (
    <LiveTile
      key={one.id}
      board={board}
      tile={one}
      days={days}
      pulse={pulse?.pulse ?? (noPulse ? "unknown" : "")}
      before={before}
      more={more}
    />
  );

  if (wall) {
    return (
      <div className={classes.wall}>
        <div className={classes.bar0}>
          <h1 className={classes.grow}>{board.name}</h1>
          <AsOf />
          <Button variant="default" leftSection={<IconMinimize size={16} />} onClick={() => setWall(false)}>
            {t("boards.leaveWall")}
          </Button>
        </div>
        <BoardGrid tiles={board.tiles} render={live} />
      </div>
    );
  }
  return (
    <Page title={board.name} lead={board.description || undefined}>
      <div className={classes.bar0}>
        {draft ? (
          <>
            <Button leftSection={<IconPlus size={16} />} variant="default" onClick={() => setTile("new")}>
              {t("boards.addTile")}
            </Button>
            <BoardForm
              board={board}
              onSaved={(saved) => {
                client.setQueryData(options.queryKey, saved);
                setDays({ period: saved.period, compare: saved.compare });
              }}
            />
            <div className={classes.grow} />
            <Button variant="default" onClick={() => setDraft(null)}>
              {t("common.cancel")}
            </Button>
            <Button loading={save.isPending} onClick={() => save.mutate({ tiles: draft })}>
              {t("boards.done")}
            </Button>
          </>
        ) : (
          <>
            <DaysChoice days={days} onChange={setDays} />
            <div className={classes.grow} />
            <AsOf />
            <Button variant="default" leftSection={<IconMaximize size={16} />} onClick={() => setWall(true)}>
              {t("boards.wall")}
            </Button>
            {canEdit && (
              <>
                <Button
                  variant="default"
                  leftSection={<IconShare size={16} />}
                  onClick={() => setSharing(true)}
                >
                  {t("boards.share")}
                </Button>
                <Button leftSection={<IconPencil size={16} />} onClick={() => begin(null)}>
                  {t("boards.edit")}
                </Button>
              </>
            )}
          </>
        )}
      </div>
      {save.error && (
        <Group mb="md">
          <ProblemAlert
            problem={save.error}
            title={stale ? t("boards.stale") : undefined}
            retry={
              stale
                ? async () => {
                    await client.invalidateQueries({ queryKey: options.queryKey });
                    save.reset();
                    setDraft(null);
                  }
                : undefined
            }
          />
        </Group>
      )}
      {tiles.length === 0 && (
        <Panel>
          <Empty
            title={t("boards.blank")}
            text={t("boards.blankText")}
            action={
              canEdit && (
                <Button leftSection={<IconPlus size={16} />} onClick={() => begin("new")}>
                  {t("boards.addTile")}
                </Button>
              )
            }
          />
        </Panel>
      )}
      {draft ? (
        <EditableGrid
          tiles={draft}
          names={(one) => one.title || t(`boards.kind.${one.kind}`)}
          onChange={setDraft}
          onEdit={setTile}
          onRemove={(gone) => setDraft(draft.filter(({ id }) => id !== gone.id))}
          render={live}
        />
      ) : (
        <BoardGrid tiles={board.tiles} render={live} />
      )}
      {draft && <Remove board={board} />}
      {tile && (
        <TileEditor
          tile={tile === "new" ? null : tile}
          freeId={freeId(tiles)}
          days={days}
          onSave={put}
          onClose={() => setTile(null)}
        />
      )}
      {sharing && <ShareDialog board={board} onClose={() => setSharing(false)} />}
    </Page>
  );
}

/** A tile with its figures: the kept tile's, or those of what it is being made to. */
function LiveTile(props: {
  board: Board;
  tile: Tile;
  days: Days;
  pulse: string;
  before?: React.ReactNode;
  more?: (title: string) => React.ReactNode;
}) {
  const { board, tile, days } = props;
  const { workspace } = useHere();
  const kept = board.tiles.find(({ id }) => id === tile.id);
  // Place and title change nothing about the figures.
  const asked = (one: Tile) => JSON.stringify({ ...one, title: "", width: 0, height: 0 });
  const isKept = kept !== undefined && asked(kept) === asked(tile);
  const note = tile.kind === "note";
  const bare = { ...tile, title: "", width: 6, height: 3 };
  const shown = useQuery({
    ...tileQuery(workspace.id, board.id, bare, days, props.pulse),
    enabled: isKept && !note && props.pulse !== "",
  });
  const preview = useQuery({ ...previewQuery(workspace.id, bare, days), enabled: !isKept && !note });
  const query = isKept ? shown : preview;
  return (
    <TileFrame
      tile={tile}
      answer={{ data: query.data, error: query.error }}
      before={props.before}
      more={props.more}
    />
  );
}

export function DaysChoice({ days, onChange }: { days: Days; onChange: (days: Days) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Select
        aria-label={t("range.label")}
        w={170}
        allowDeselect={false}
        data={PERIODS.map((value) => ({ value, label: t(`range.${value}`) }))}
        value={days.period}
        onChange={(value) => onChange({ ...days, period: (value ?? "28d") as Period })}
      />
      <Select
        aria-label={t("compare.label")}
        w={170}
        allowDeselect={false}
        data={COMPARES.map((value) => ({ value, label: t(`compare.${value}`) }))}
        value={days.compare}
        onChange={(value) => onChange({ ...days, compare: (value ?? "off") as Compare })}
      />
    </>
  );
}

/** When the board was last looked at: it keeps itself up to date, and this says that it does. */
export function AsOf() {
  const { t } = useTranslation();
  const f = useFormat();
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className={classes.soft} title={t("boards.live")}>
      {t("boards.asOf", { time: f.hour(now) })}
    </span>
  );
}

/** A screen filled with the board, kept awake while it is. */
function useWall(): [boolean, (wall: boolean) => void] {
  const [wall, setWall] = useState(false);
  useEffect(() => {
    if (!wall) return;
    let lock: { release: () => Promise<void> } | null = null;
    let gone = false;
    document.documentElement.setAttribute("data-wall", "");
    document.documentElement.requestFullscreen?.().catch(() => undefined);
    navigator.wakeLock
      ?.request("screen")
      .then((held) => {
        if (gone) held.release();
        else lock = held;
      })
      .catch(() => undefined);
    const left = () => {
      if (!document.fullscreenElement) setWall(false);
    };
    const leave = (event: KeyboardEvent) => {
      if (event.key === "Escape") setWall(false);
    };
    document.addEventListener("fullscreenchange", left);
    document.addEventListener("keydown", leave);
    return () => {
      gone = true;
      document.documentElement.removeAttribute("data-wall");
      document.removeEventListener("fullscreenchange", left);
      document.removeEventListener("keydown", leave);
      lock?.release().catch(() => undefined);
      if (document.fullscreenElement) document.exitFullscreen().catch(() => undefined);
    };
  }, [wall]);
  return [wall, setWall];
}

function Remove({ board }: { board: Board }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Group mt="xl">
      <ConfirmButton
        label={t("boards.delete")}
        title={board.name}
        text={t("boards.deleteText")}
        confirm={t("common.delete")}
        action={async () => {
          await call("DELETE", `${boardsPath(workspace.id)}/${board.id}`);
          await navigate({ to: "/w/$workspace/boards", params: { workspace: workspace.id } });
          await client.invalidateQueries({ queryKey: [workspace.id, "boards"], exact: true });
        }}
      />
    </Group>
  );
}
