import { Button, PasswordInput, Skeleton, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, type Placed } from "@/api/boards";
import { Problem } from "@/api/client";
import { Logo } from "@/ui/logo";
import { Empty, ProblemAlert } from "@/ui/page";
import { BoardGrid } from "./board-grid";
import { AsOf } from "./board-page";
import classes from "./boards.module.css";
import { TileFrame } from "./tile-frame";

const route = getRouteApi("/share/$token");

/** The key that a link's password gave, for as long as the tab is open. */
function useKey(token: string): [string, (key: string) => void] {
  const name = `luotsi-share-${token.slice(0, 8)}`;
  const [key, setKey] = useState(() => {
    try {
      return sessionStorage.getItem(name) ?? "";
    } catch {
      return "";
    }
  });
  return [
    key,
    (next) => {
      setKey(next);
      try {
        sessionStorage.setItem(name, next);
      } catch {
        // Storage is blocked, as in many frames: the password is asked for again next time.
      }
    },
  ];
}

const codeOf = (problem: unknown): string => (problem instanceof Problem ? problem.code : "");

/** A board as a link shows it: to be looked at, without an account. */
export function SharedPage() {
  const { t, i18n } = useTranslation();
  const { token } = route.useParams();
  const [key, setKey] = useKey(token);
  const client = useQueryClient();
  const link = useMemo(() => new Link(token, key, i18n.language), [token, key, i18n.language]);
  const options = link.board();
  const board = useQuery(options);
  const pulse = useQuery({ ...link.pulse(), enabled: board.isSuccess });
  useDocumentTitle(`${board.data?.name ?? t("boards.title")} · ${t("brand")}`);
  const version = pulse.data?.version;
  // The board was changed, or the link ended: what is on the screen follows.
  useEffect(() => {
    if ((version !== undefined && board.data && version !== board.data.version) || pulse.isError)
      client.invalidateQueries({ queryKey: options.queryKey, exact: true });
  }, [version, board.data, pulse.isError, client, options.queryKey]);

  const code = codeOf(board.error);
  if (code === "password_needed") return <Password token={token} onOpen={setKey} />;
  if (code === "not_found") {
    return (
      <main className={classes.narrow}>
        <Empty title={t("boards.shared.gone")} text={t("boards.shared.goneText")} />
      </main>
    );
  }
  return (
    <main className={classes.shared}>
      <div className={classes.bar0}>
        <Title order={1} className={classes.grow} dir="auto">
          {board.data?.name}
        </Title>
        <AsOf />
      </div>
      {board.data?.description && <p dir="auto">{board.data.description}</p>}
      <ProblemAlert problem={board.error} retry={() => board.refetch()} />
      {board.isPending && <Skeleton height={320} />}
      {board.data && (
        <BoardGrid
          tiles={board.data.tiles}
          render={(tile) => (
            <SharedTile
              key={tile.id}
              link={link}
              tile={tile}
              pulse={pulse.data?.pulse ?? (pulse.isError ? "unknown" : "")}
            />
          )}
        />
      )}
      <footer>
        <Logo size={18} />
        {t("brand")} · {t("boards.shared.readOnly")}
        {board.data && <> · {t(`range.${board.data.period}`)}</>}
      </footer>
    </main>
  );
}

function SharedTile({ link, tile, pulse }: { link: Link; tile: Placed; pulse: string }) {
  const query = useQuery({ ...link.tile(tile, pulse), enabled: tile.kind !== "note" && pulse !== "" });
  return <TileFrame tile={tile} answer={{ data: query.data, error: query.error }} />;
}

function Password({ token, onOpen }: { token: string; onOpen: (key: string) => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const open = useMutation({
    mutationFn: () => Link.open(token, password),
    onSuccess: ({ key }) => onOpen(key),
  });
  const wrong = codeOf(open.error) === "wrong_link_password";
  return (
    <main className={classes.narrow}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          open.mutate();
        }}
      >
        <Stack>
          <Title order={1}>{t("boards.shared.password")}</Title>
          <PasswordInput
            label={t("common.password")}
            description={t("boards.shared.passwordText")}
            autoComplete="off"
            value={password}
            error={wrong ? t("boards.shared.wrong") : undefined}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {!wrong && <ProblemAlert problem={open.error} />}
          <Button type="submit" loading={open.isPending} disabled={!password}>
            {t("boards.shared.open")}
          </Button>
        </Stack>
      </form>
    </main>
  );
}
