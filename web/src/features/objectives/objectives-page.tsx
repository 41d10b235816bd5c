import { Button, Group, Modal, Select, Skeleton, Stack, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { goalsQuery, membersQuery, objectivesQuery, workspacePath } from "@/api/queries";
import type { Goal, Objective } from "@/api/types";
import { ConfirmButton } from "@/ui/confirm";
import { useDraft } from "@/ui/draft";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { ButtonLink, TextLink } from "@/ui/links";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./objectives.module.css";

/** What the business wants, with the goals that serve each. */
export function ObjectivesPage() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const objectives = useQuery(objectivesQuery(workspace.id));
  const goals = useQuery(goalsQuery(workspace.id));
  const [editing, setEditing] = useState<Objective | "new" | null>(null);
  const reload = () => client.invalidateQueries({ queryKey: [workspace.id] });
  const add = canEdit && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>
      {t("objective.new")}
    </Button>
  );
  const loose = goals.data?.filter(({ objective_id }) => !objective_id) ?? [];
  return (
    <Page
      title={t("objective.title")}
      lead={t("objective.lead")}
      actions={objectives.data?.length ? add : undefined}
    >
      <ProblemAlert problem={objectives.error ?? goals.error} retry={() => objectives.refetch()} />
      {objectives.isPending && <Skeleton height={240} />}
      {objectives.data?.length === 0 && (
        <Panel>
          <Empty title={t("objective.empty")} text={t("objective.emptyText")} action={add} />
        </Panel>
      )}
      <Stack>
        {objectives.data?.map((objective) => (
          <Panel key={objective.id}>
            <Group justify="space-between" align="flex-start">
              <div>
                <Title order={2}>{objective.name}</Title>
                {objective.description && (
                  <p className={classes.text} dir="auto">
                    {objective.description}
                  </p>
                )}
              </div>
              {canEdit && (
                <Group gap="xs">
                  <Button variant="subtle" size="compact-sm" onClick={() => setEditing(objective)}>
                    {t("common.edit")}
                  </Button>
                  <ConfirmButton
                    label={t("common.delete")}
                    title={`${t("objective.delete")}: ${objective.name}`}
                    text={t("objective.deleteText")}
                    confirm={t("common.delete")}
                    action={async () => {
                      await call("DELETE", `${workspacePath(workspace.id)}/objectives/${objective.id}`);
                      await reload();
                    }}
                  />
                </Group>
              )}
            </Group>
            <Goals goals={goals.data?.filter(({ objective_id }) => objective_id === objective.id) ?? []} />
            {canEdit && (
              <ButtonLink
                to="/w/$workspace/goals/new"
                params={{ workspace: workspace.id }}
                search={{ objective: objective.id }}
                variant="light"
                size="compact-sm"
                mt="sm"
                leftSection={<IconPlus size={14} />}
              >
                {t("goal.new")}
              </ButtonLink>
            )}
          </Panel>
        ))}
        {loose.length > 0 && (
          <Panel>
            <Title order={2}>{t("objective.without")}</Title>
            <Goals goals={loose} />
          </Panel>
        )}
      </Stack>
      {editing && (
        <Edit
          objective={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onDone={() => {
            setEditing(null);
            reload();
          }}
        />
      )}
    </Page>
  );
}

function Goals({ goals }: { goals: Goal[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  if (goals.length === 0) return <p className={classes.text}>{t("objective.noGoals")}</p>;
  return (
    <ul className={classes.goals}>
      {goals.map((goal) => (
        <li key={goal.id}>
          <TextLink to="/w/$workspace/goals/$goal" params={{ workspace: workspace.id, goal: goal.id }}>
            {goal.name || goal.sentence}
          </TextLink>
          <span>
            {t(`goal.status.${goal.progress.status}`)} · {f.percent(goal.progress.progress_share * 100, 0)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Edit(props: { objective: Objective | null; onClose: () => void; onDone: () => void }) {
  const { objective } = props;
  const { t } = useTranslation();
  const { workspace, session } = useHere();
  const members = useQuery(membersQuery(workspace.id));
  const draft = useDraft(
    {
      name: objective?.name ?? "",
      description: objective?.description ?? "",
      owner_id: objective ? (objective.owner_id ?? null) : (session.user.id as string | null),
    },
    ({ name }) => ({ name: name.trim() ? undefined : t("setup.required") }),
  );
  const path = `${workspacePath(workspace.id)}/objectives`;
  const save = useMutation({
    mutationFn: (values: typeof draft.values) =>
      objective ? call("PATCH", `${path}/${objective.id}`, values) : call("POST", path, values),
    onSuccess: props.onDone,
    onError: draft.refuse,
  });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={objective ? t("common.edit") : t("objective.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
        <Stack>
          <TextInput
            label={t("objective.name")}
            placeholder={t("wizard.objectiveNewExample")}
            maxLength={200}
            value={draft.values.name}
            error={draft.errors.name}
            onChange={(event) => draft.set("name", event.currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label={t("objective.description")}
            autosize
            minRows={3}
            value={draft.values.description}
            error={draft.errors.description}
            onChange={(event) => draft.set("description", event.currentTarget.value)}
          />
          <Select
            label={t("objective.owner")}
            clearable
            data={
              members.data?.map((member) => ({
                value: member.user_id,
                label: member.name || member.email,
              })) ?? []
            }
            value={draft.values.owner_id}
            error={draft.errors.owner_id}
            onChange={(value) => draft.set("owner_id", value)}
          />
          <ProblemAlert problem={draft.rest(save.error)} />
          <Button type="submit" loading={save.isPending}>
            {t("common.save")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
