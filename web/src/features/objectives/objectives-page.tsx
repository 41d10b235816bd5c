import { Button, Group, Modal, Skeleton, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type GoalSummary, goalsQuery, objectivesQuery, templatesQuery } from "@/api/goals";
import { membersQuery, workspacePath } from "@/api/queries";
import { IconPlus } from "@/ui/icons";
import { ButtonLink } from "@/ui/links";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import { MoveForm } from "./move-form";
import { NodeForm } from "./node-form";
import { type Branch, grow } from "./tree";
import classes from "./tree.module.css";
import { TreeView } from "./tree-view";

type Asked =
  | { what: "edit"; branch: Branch }
  | { what: "move"; branch: Branch }
  | { what: "remove"; branch: Branch }
  | { what: "add"; kind: "objective" | "kpi"; parent: string | null };

/** What the business wants, what shows it, and which goals serve it. */
export function ObjectivesPage() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const navigate = useNavigate();
  const client = useQueryClient();
  const objectives = useQuery(objectivesQuery(workspace.id));
  const goals = useQuery(goalsQuery(workspace.id));
  const templates = useQuery(templatesQuery(workspace.id));
  const members = useQuery(membersQuery(workspace.id));
  const [asked, setAsked] = useState<Asked | null>(null);
  const base = workspacePath(workspace.id);
  const reload = async () => {
    setAsked(null);
    await client.invalidateQueries({ queryKey: [workspace.id] });
  };
  const move = useMutation({
    mutationFn: ({ branch, to }: { branch: Branch; to: Branch | null }) =>
      branch.goal
        ? call("PATCH", `${base}/goals/${branch.id}`, {
            version: branch.goal.version,
            objective_id: to?.id ?? null,
          })
        : call("PATCH", `${base}/objectives/${branch.id}`, { parent_id: to?.id ?? null }),
    onSettled: reload,
  });
  const remove = useMutation({
    mutationFn: (branch: Branch) => call("DELETE", `${base}/objectives/${branch.id}`),
    onSuccess: reload,
  });
  const nodes = objectives.data ?? [];
  const list: GoalSummary[] = goals.data ?? [];
  const empty = objectives.data?.length === 0 && goals.data?.length === 0;
  const params = { workspace: workspace.id };
  const start = (
    <Group gap="sm">
      {(templates.data?.length ?? 0) > 0 && (
        <ButtonLink to="/w/$workspace/objectives/templates" params={params} variant="default">
          {t("goals.template.title")}
        </ButtonLink>
      )}
      <Button
        leftSection={<IconPlus size={16} />}
        onClick={() => setAsked({ what: "add", kind: "objective", parent: null })}
      >
        {t("objective.new")}
      </Button>
    </Group>
  );
  return (
    <Page title={t("objective.title")} lead={t("objective.lead")} actions={canEdit && !empty && start}>
      <ProblemAlert problem={objectives.error ?? goals.error} retry={() => objectives.refetch()} />
      <ProblemAlert problem={move.error} />
      {(objectives.isPending || goals.isPending) && <Skeleton height={320} />}
      {empty && (
        <Panel>
          <Empty
            title={t("objective.empty")}
            text={t("objective.emptyText")}
            action={canEdit && <Group justify="center">{start}</Group>}
          />
        </Panel>
      )}
      {objectives.data && goals.data && !empty && (
        <>
          <TreeView
            nodes={nodes}
            goals={list}
            ownerOf={(id) => {
              const member = members.data?.find(({ user_id }) => user_id === id);
              return member && (member.name || member.email);
            }}
            actions={{
              edit: (branch) => setAsked({ what: "edit", branch }),
              ask: (branch) => setAsked({ what: "move", branch }),
              remove: (branch) => setAsked({ what: "remove", branch }),
              move: (branch, to) => move.mutate({ branch, to }),
              add: (parent, kind) => {
                if (kind === "goal") {
                  navigate({ to: "/w/$workspace/goals/new", params, search: { objective: parent.id } });
                } else setAsked({ what: "add", kind, parent: parent.id });
              },
            }}
          />
          {canEdit && <p className={classes.keys}>{t("goals.tree.keys")}</p>}
        </>
      )}
      {asked?.what === "move" && (
        <MoveForm
          tree={grow(nodes, list, new Map())}
          branch={asked.branch}
          onClose={() => setAsked(null)}
          onMove={(to) => move.mutate({ branch: asked.branch, to })}
        />
      )}
      {(asked?.what === "add" || asked?.what === "edit") && (
        <NodeForm
          node={asked.what === "edit" ? (asked.branch.node ?? null) : null}
          kind={asked.what === "edit" ? (asked.branch.node?.kind ?? "objective") : asked.kind}
          parent={asked.what === "edit" ? asked.branch.parent : asked.parent}
          onClose={() => setAsked(null)}
          onDone={reload}
        />
      )}
      {asked?.what === "remove" && (
        <Modal
          opened
          onClose={() => setAsked(null)}
          title={`${t("objective.delete")}: ${asked.branch.name}`}
          closeButtonProps={{ "aria-label": t("common.close") }}
        >
          <Stack>
            <p>{t("goals.tree.deleteText")}</p>
            <ProblemAlert problem={remove.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setAsked(null)}>
                {t("common.cancel")}
              </Button>
              <Button color="red" loading={remove.isPending} onClick={() => remove.mutate(asked.branch)}>
                {t("common.delete")}
              </Button>
            </Group>
          </Stack>
        </Modal>
      )}
    </Page>
  );
}
