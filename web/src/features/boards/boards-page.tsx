import { Button, Select, Skeleton, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Board, boardQuery, boardsQuery, type Homes, homesQuery } from "@/api/boards";
import { call } from "@/api/client";
import { workspacePath } from "@/api/queries";
import type { Role } from "@/api/types";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import { BoardDialog } from "./board-form";
import classes from "./boards.module.css";

/** The workspace's boards, and what each role sees first. */
export function BoardsPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canEdit, canAdmin } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const boards = useQuery(boardsQuery(workspace.id));
  const [adding, setAdding] = useState(false);
  const add = canEdit && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      {t("boards.new")}
    </Button>
  );
  return (
    <Page title={t("boards.title")} lead={t("boards.lead")} actions={boards.data?.length ? add : undefined}>
      <ProblemAlert problem={boards.error} retry={() => boards.refetch()} />
      {boards.isPending && <Skeleton height={200} />}
      {boards.data?.length === 0 && (
        <Panel>
          <Empty title={t("boards.empty")} text={t("boards.emptyText")} action={add} />
        </Panel>
      )}
      <ul className={classes.cards}>
        {boards.data?.map((board) => (
          <li key={board.id}>
            <Link
              to="/w/$workspace/boards/$board"
              params={{ workspace: workspace.id, board: board.id }}
              className={classes.card}
            >
              <h2 dir="auto">{board.name}</h2>
              {board.description && <p dir="auto">{board.description}</p>}
              <p>
                {t("boards.tiles", { count: board.tiles.length, n: f.number(board.tiles.length) })} ·{" "}
                {t("boards.changed", { ago: f.ago(board.updated_at, new Date()) })}
              </p>
            </Link>
          </li>
        ))}
      </ul>
      {canAdmin && boards.data && boards.data.length > 0 && <RoleHomes boards={boards.data} />}
      {adding && (
        <BoardDialog
          board={null}
          onClose={() => setAdding(false)}
          onSaved={async (made) => {
            client.setQueryData(boardQuery(workspace.id, made.id).queryKey, made);
            client.invalidateQueries({ queryKey: boardsQuery(workspace.id).queryKey, exact: true });
            await navigate({
              to: "/w/$workspace/boards/$board",
              params: { workspace: workspace.id, board: made.id },
            });
          }}
        />
      )}
    </Page>
  );
}

const GOALS = "goals";

function RoleHomes({ boards }: { boards: Board[] }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const options = homesQuery(workspace.id);
  const homes = useQuery(options);
  const change = useMutation({
    mutationFn: (home: { role: Role; board_id: string | null }) =>
      call<Homes>("PATCH", `${workspacePath(workspace.id)}/homes`, home),
    onSuccess: (saved) => {
      client.setQueryData(options.queryKey, saved);
      notifications.show({ message: t("boards.home.saved") });
    },
  });
  return (
    <Section title={t("boards.home.title")} lead={t("boards.home.lead")}>
      <Panel>
        <Stack>
          <ProblemAlert problem={homes.error ?? change.error} />
          {homes.data?.items.map(({ role, board_id }) => (
            <Select
              key={role}
              label={t(`member.${role}`)}
              maw={420}
              allowDeselect={false}
              data={[
                { value: GOALS, label: t("boards.home.goals") },
                ...boards.map(({ id, name }) => ({ value: id, label: name })),
              ]}
              value={board_id ?? GOALS}
              onChange={(value) => change.mutate({ role, board_id: value === GOALS ? null : value })}
            />
          ))}
        </Stack>
      </Panel>
    </Section>
  );
}
