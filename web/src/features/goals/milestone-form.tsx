import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Milestone } from "@/api/goals";
import { DayField } from "@/ui/day-field";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { ValueInput } from "@/ui/value-input";
import { type SectionProps, useGoalChange } from "./section";

export function MilestoneForm(props: SectionProps & { milestone: Milestone | null; onClose: () => void }) {
  const { goal, milestone, onClose } = props;
  const { t } = useTranslation();
  const { path, changed } = useGoalChange(goal);
  const draft = useDraft(
    {
      name: milestone?.name ?? "",
      date: (milestone?.date ?? null) as string | null,
      value: milestone?.value ?? null,
    },
    ({ name, date }) => ({
      name: name.trim() ? undefined : t("setup.required"),
      date: date ? undefined : t("setup.required"),
    }),
  );
  const save = useMutation({
    mutationFn: (values: typeof draft.values) =>
      milestone
        ? call("PATCH", `${path}/milestones/${milestone.id}`, values)
        : call("POST", `${path}/milestones`, values),
    onSuccess: async () => {
      await changed();
      onClose();
    },
    onError: draft.refuse,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={milestone ? t("common.edit") : t("goals.milestone.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
        <Stack>
          <TextInput
            label={t("goals.milestone.name")}
            maxLength={120}
            data-autofocus
            value={draft.values.name}
            error={draft.errors.name}
            onChange={(event) => draft.set("name", event.currentTarget.value)}
          />
          <DayField
            label={t("goals.milestone.by")}
            min={goal.start_date}
            max={goal.deadline}
            value={draft.values.date}
            error={draft.errors.date}
            onChange={(date) => draft.set("date", date)}
          />
          <ValueInput
            unit={goal.unit}
            label={`${t("goals.milestone.value")} (${t("common.optional")})`}
            description={t("goals.milestone.valueHint")}
            value={draft.values.value}
            error={draft.errors.value}
            onChange={(value) => draft.set("value", value)}
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
