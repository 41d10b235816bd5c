import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sitePath } from "@/api/queries";
import { DayField } from "@/ui/day-field";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import { type SectionProps, useGoalChange } from "./section";

/** A note on a day of the site, which every goal of the site shows on its chart. */
export function AnnotationForm({ goal, today, onClose }: SectionProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const { changed } = useGoalChange(goal);
  const draft = useDraft({ date: today, text: "" }, ({ text }) => ({
    text: text.trim() ? undefined : t("setup.required"),
  }));
  const save = useMutation({
    mutationFn: (values: typeof draft.values) =>
      call("POST", `${sitePath(workspace.id, goal.site_id)}/annotations`, values),
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
      title={t("goals.menu.note")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
        <Stack>
          <TextInput
            label={t("goals.note.text")}
            description={t("goals.note.hint")}
            maxLength={200}
            data-autofocus
            value={draft.values.text}
            error={draft.errors.text}
            onChange={(event) => draft.set("text", event.currentTarget.value)}
          />
          <DayField
            label={t("common.date")}
            value={draft.values.date}
            error={draft.errors.date}
            onChange={(date) => draft.set("date", date ?? today)}
          />
          <ProblemAlert problem={draft.rest(save.error)} />
          <Button type="submit" loading={save.isPending}>
            {t("common.add")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
