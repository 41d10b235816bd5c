import { Button, Group, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type ObjectiveNode, objectivesQuery } from "@/api/goals";
import { membersQuery, workspacePath } from "@/api/queries";
import { IconPlus } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import type { StepProps } from "./goal-wizard";
import { OwnWords } from "./own-words";

/** R: which objective it serves, who answers for it, and why. */
export function RelevantStep({ draft, change }: StepProps) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const objectives = useQuery(objectivesQuery(workspace.id));
  const members = useQuery(membersQuery(workspace.id));
  const [adding, setAdding] = useState(false);
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () =>
      call<ObjectiveNode>("POST", `${workspacePath(workspace.id)}/objectives`, {
        name: name.trim(),
        description: "",
        kind: "objective",
        parent_id: null,
        owner_id: draft.owner_id,
      }),
    onSuccess: async (objective) => {
      await client.invalidateQueries({ queryKey: objectivesQuery(workspace.id).queryKey });
      change({ objective_id: objective.id });
      setAdding(false);
      setName("");
    },
  });
  const none = objectives.data?.length === 0;
  return (
    <>
      {!none && (
        <Select
          label={t("wizard.objectiveWhich")}
          placeholder={t("wizard.objectiveNone")}
          data={
            objectives.data?.map(({ id, name: label, kind }) => ({
              value: id,
              label: kind === "kpi" ? `${t("goals.tree.kind.kpi")}: ${label}` : label,
            })) ?? []
          }
          value={draft.objective_id}
          clearable
          onChange={(value) => change({ objective_id: value })}
        />
      )}
      {adding || none ? (
        <Group align="flex-end" wrap="wrap">
          <TextInput
            flex={1}
            miw={220}
            label={none ? t("wizard.objectiveWhich") : t("wizard.objectiveNewName")}
            placeholder={t("wizard.objectiveNewExample")}
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => {
              // Enter here makes the objective; it must not send the goal.
              if (event.key !== "Enter") return;
              event.preventDefault();
              if (name.trim()) create.mutate();
            }}
          />
          <Button
            variant="default"
            disabled={!name.trim()}
            loading={create.isPending}
            onClick={() => create.mutate()}
          >
            {t("wizard.objectiveCreate")}
          </Button>
        </Group>
      ) : (
        <div>
          <Button
            variant="light"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => setAdding(true)}
          >
            {t("wizard.objectiveNew")}
          </Button>
        </div>
      )}
      <ProblemAlert problem={create.error} />
      <Select
        label={t("wizard.owner")}
        placeholder={t("goal.noOwner")}
        data={
          members.data?.map((member) => ({ value: member.user_id, label: member.name || member.email })) ?? []
        }
        value={draft.owner_id}
        clearable
        onChange={(value) => change({ owner_id: value })}
      />
      <OwnWords letter="R" draft={draft} change={change} />
    </>
  );
}
