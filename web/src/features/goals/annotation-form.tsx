import { Button, Checkbox, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Annotation } from "@/api/goals";
import { sitePath } from "@/api/queries";
import { DayField } from "@/ui/day-field";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import { type SectionProps, useGoalChange } from "./section";

type Props = Pick<SectionProps, "goal" | "today"> & { note?: Annotation; onClose: () => void };

/** A note on days of the site, which every goal of the site shows on its chart. */
export function AnnotationForm({ goal, today, note, onClose }: Props) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const { changed } = useGoalChange(goal);
  const draft = useDraft(
    {
      date: note?.date ?? today,
      until: note?.until ?? null,
      known_cause: note?.known_cause ?? false,
      text: note?.text ?? "",
    },
    ({ text }) => ({ text: text.trim() ? undefined : t("setup.required") }),
  );
  const path = `${sitePath(workspace.id, goal.site_id)}/annotations`;
  const save = useMutation({
    mutationFn: (values: typeof draft.values) =>
      note ? call("PATCH", `${path}/${note.id}`, values) : call("POST", path, values),
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
      title={note ? t("notes.change") : t("goals.menu.note")}
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
          <DayField
            label={t("notes.until")}
            description={t("notes.untilHint")}
            value={draft.values.until}
            error={draft.errors.until}
            min={draft.values.date}
            clearable
            onChange={(until) => draft.set("until", until)}
          />
          <Checkbox
            label={t("notes.cause")}
            description={t("notes.causeHint")}
            checked={draft.values.known_cause}
            onChange={(event) => draft.set("known_cause", event.currentTarget.checked)}
          />
          <ProblemAlert problem={draft.rest(save.error)} />
          <Button type="submit" loading={save.isPending}>
            {note ? t("common.save") : t("common.add")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
