import { Button, Modal, NumberInput, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { metricsQuery } from "@/api/dictionary";
import type { ObjectiveNode } from "@/api/goals";
import { membersQuery, workspacePath } from "@/api/queries";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";

/** An objective or a KPI: its name, whose it is, and by which figure one sees it. */
export function NodeForm(props: {
  node: ObjectiveNode | null;
  kind: "objective" | "kpi";
  parent: string | null;
  onClose: () => void;
  onDone: () => void;
}) {
  const { node, kind } = props;
  const { t } = useTranslation();
  const { workspace, session } = useHere();
  const members = useQuery(membersQuery(workspace.id));
  const metrics = useQuery(metricsQuery(workspace.id));
  const draft = useDraft(
    {
      name: node?.name ?? "",
      description: node?.description ?? "",
      owner_id: node ? (node.owner_id ?? null) : (session.user.id as string | null),
      metric: node?.metric ?? null,
      outcome_metric: node?.outcome_metric ?? null,
      weight: node?.weight ?? 1,
    },
    ({ name, metric }) => ({
      name: name.trim() ? undefined : t("setup.required"),
      metric: kind === "kpi" && !metric ? t("setup.required") : undefined,
    }),
  );
  const path = `${workspacePath(workspace.id)}/objectives`;
  const save = useMutation({
    mutationFn: (values: typeof draft.values) =>
      node
        ? call("PATCH", `${path}/${node.id}`, values)
        : call("POST", path, { ...values, kind, parent_id: props.parent }),
    onSuccess: props.onDone,
    onError: draft.refuse,
  });
  const figures = metrics.data?.map(({ key, name }) => ({ value: key, label: name })) ?? [];
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={node ? t("common.edit") : t(`goals.tree.add.${kind}`)}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
        <Stack>
          <TextInput
            label={kind === "kpi" ? t("goals.tree.kpiName") : t("objective.name")}
            placeholder={kind === "kpi" ? undefined : t("wizard.objectiveNewExample")}
            maxLength={200}
            value={draft.values.name}
            error={draft.errors.name}
            onChange={(event) => draft.set("name", event.currentTarget.value)}
            data-autofocus
          />
          {kind === "kpi" ? (
            <Select
              label={t("wizard.metric")}
              searchable
              data={figures}
              value={draft.values.metric}
              error={draft.errors.metric}
              onChange={(value) => draft.set("metric", value)}
            />
          ) : (
            <Select
              label={`${t("goals.tree.outcome")} (${t("common.optional")})`}
              description={t("goals.tree.outcomeHint")}
              searchable
              clearable
              data={figures}
              value={draft.values.outcome_metric}
              error={draft.errors.outcome_metric}
              onChange={(value) => draft.set("outcome_metric", value)}
            />
          )}
          <Textarea
            label={`${t("objective.description")} (${t("common.optional")})`}
            autosize
            minRows={2}
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
          <NumberInput
            label={t("goals.tree.weight")}
            description={t("goals.tree.weightHint")}
            min={0.1}
            max={100}
            step={1}
            decimalScale={1}
            w={140}
            value={draft.values.weight}
            error={draft.errors.weight}
            onChange={(value) => draft.set("weight", typeof value === "number" ? value : 1)}
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
