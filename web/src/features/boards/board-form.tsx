import { Button, Modal, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Board, boardsPath, COMPARES, type Compare, PERIODS, type Period } from "@/api/boards";
import { call } from "@/api/client";
import { useDraft } from "@/ui/draft";
import { IconSettings } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";

/** A board's name and what it is about: of a new one, or of one that is there. */
export function BoardDialog(props: {
  board: Board | null;
  onSaved: (board: Board) => void;
  onClose: () => void;
}) {
  const { board } = props;
  const { t } = useTranslation();
  const { workspace } = useHere();
  const draft = useDraft(
    {
      name: board?.name ?? "",
      description: board?.description ?? "",
      period: board?.period ?? ("28d" as Period),
      compare: board?.compare ?? ("previous_period" as Compare),
    },
    ({ name }) => ({ name: name.trim() ? undefined : t("setup.required") }),
  );
  const path = boardsPath(workspace.id);
  const save = useMutation({
    mutationFn: (values: typeof draft.values) =>
      board
        ? call<Board>("PATCH", `${path}/${board.id}`, { ...values, version: board.version })
        : call<Board>("POST", path, values),
    onSuccess: props.onSaved,
    onError: draft.refuse,
  });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={board ? board.name : t("boards.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
        <Stack>
          <TextInput
            label={t("common.name")}
            maxLength={200}
            value={draft.values.name}
            error={draft.errors.name}
            onChange={(event) => draft.set("name", event.currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label={t("boards.description")}
            autosize
            minRows={2}
            value={draft.values.description}
            error={draft.errors.description}
            onChange={(event) => draft.set("description", event.currentTarget.value)}
          />
          <Select
            label={t("range.label")}
            allowDeselect={false}
            data={PERIODS.map((value) => ({ value, label: t(`range.${value}`) }))}
            value={draft.values.period}
            onChange={(value) => draft.set("period", (value ?? "28d") as Period)}
          />
          <Select
            label={t("compare.label")}
            allowDeselect={false}
            data={COMPARES.map((value) => ({ value, label: t(`compare.${value}`) }))}
            value={draft.values.compare}
            onChange={(value) => draft.set("compare", (value ?? "off") as Compare)}
          />
          <ProblemAlert problem={draft.rest(save.error)} />
          <Button type="submit" loading={save.isPending}>
            {board ? t("common.save") : t("boards.create")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

/** The button that opens the same for a board that is there. */
export function BoardForm({ board, onSaved }: { board: Board; onSaved: (board: Board) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<IconSettings size={16} />} onClick={() => setOpen(true)}>
        {t("nav.settings")}
      </Button>
      {open && (
        <BoardDialog
          board={board}
          onClose={() => setOpen(false)}
          onSaved={(saved) => {
            setOpen(false);
            onSaved(saved);
          }}
        />
      )}
    </>
  );
}
