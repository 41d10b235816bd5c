import { Button, Group, Modal, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Branch, mayMove, places } from "./tree";

const TOP = "top";

/** Where a branch should hang instead: every place that can take it. */
export function MoveForm(props: {
  tree: Branch[];
  branch: Branch;
  onClose: () => void;
  onMove: (to: Branch | null) => void;
}) {
  const { t } = useTranslation();
  const { branch } = props;
  const found = places(props.tree, branch);
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("goals.tree.moveTitle", { name: branch.name })}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen) props.onMove(found.find(({ key }) => key === chosen) ?? null);
        }}
      >
        <Stack mih={260}>
          <Select
            label={t("goals.tree.where")}
            searchable
            data-autofocus
            data={[
              ...(mayMove(branch, null) ? [{ value: TOP, label: t("goals.tree.atTop") }] : []),
              ...found.map(({ key, kind, name }) => ({
                value: key,
                label: `${t(`goals.tree.kind.${kind}`)}: ${name}`,
              })),
            ]}
            value={chosen}
            onChange={setChosen}
          />
          <Group justify="flex-end" mt="auto">
            <Button variant="default" onClick={props.onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={chosen === null}>
              {t("goals.tree.move")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
