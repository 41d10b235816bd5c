import { Button, Modal, Select, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { WORK_KINDS, type Work, type WorkKind } from "@/api/goals";
import { DayField } from "@/ui/day-field";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { type SectionProps, useGoalChange } from "./section";

export function WorkForm(props: SectionProps & { work: Work | null; onClose: () => void }) {
  const { goal, work, people, today, onClose } = props;
  const { t } = useTranslation();
  const { path, changed } = useGoalChange(goal);
  const draft = useDraft(
    {
      name: work?.name ?? "",
      kind: (work?.kind ?? "campaign") as WorkKind,
      start_date: (work?.start_date ?? today) as string | null,
      end_date: (work?.end_date ?? null) as string | null,
      owner_id: work ? work.owner_id : goal.owner_id,
      url: work?.url ?? "",
      note: work?.note ?? "",
    },
    ({ name, start_date, end_date }) => ({
      name: name.trim() ? undefined : t("setup.required"),
      start_date: start_date ? undefined : t("setup.required"),
      end_date: !end_date
        ? t("setup.required")
        : start_date && end_date < start_date
          ? t("goals.work.backwards")
          : undefined,
    }),
  );
  const save = useMutation({
    mutationFn: (values: typeof draft.values) =>
      work ? call("PATCH", `${path}/work/${work.id}`, values) : call("POST", `${path}/work`, values),
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
      title={work ? t("common.edit") : t("goals.work.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
        <Stack>
          <TextInput
            label={t("goals.work.name")}
            maxLength={120}
            data-autofocus
            value={draft.values.name}
            error={draft.errors.name}
            onChange={(event) => draft.set("name", event.currentTarget.value)}
          />
          <Select
            label={t("goals.work.what")}
            allowDeselect={false}
            data={WORK_KINDS.map((value) => ({ value, label: t(`goals.work.kind.${value}`) }))}
            value={draft.values.kind}
            error={draft.errors.kind}
            onChange={(kind) => draft.set("kind", (kind ?? "task") as WorkKind)}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <DayField
              label={t("goals.work.from")}
              value={draft.values.start_date}
              error={draft.errors.start_date}
              onChange={(day) => draft.set("start_date", day)}
            />
            <DayField
              label={t("goals.work.to")}
              value={draft.values.end_date}
              error={draft.errors.end_date}
              onChange={(day) => draft.set("end_date", day)}
            />
          </SimpleGrid>
          <Select
            label={t("goal.owner")}
            clearable
            data={people}
            value={draft.values.owner_id}
            error={draft.errors.owner_id}
            onChange={(owner) => draft.set("owner_id", owner)}
          />
          <TextInput
            label={`${t("goals.work.url")} (${t("common.optional")})`}
            type="url"
            dir="ltr"
            placeholder="https://"
            value={draft.values.url}
            error={draft.errors.url}
            onChange={(event) => draft.set("url", event.currentTarget.value)}
          />
          <Textarea
            label={`${t("goals.work.note")} (${t("common.optional")})`}
            autosize
            minRows={2}
            maxLength={2000}
            value={draft.values.note}
            error={draft.errors.note}
            onChange={(event) => draft.set("note", event.currentTarget.value)}
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
