import { Kbd, Modal, Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Range } from "./view";

/** One key for each period. */
export const SHORTCUTS: { key: string; range: Range }[] = [
  { key: "D", range: "day" },
  { key: "E", range: "yesterday" },
  { key: "W", range: "7d" },
  { key: "F", range: "28d" },
  { key: "T", range: "30d" },
  { key: "N", range: "91d" },
  { key: "M", range: "month" },
  { key: "P", range: "last_month" },
  { key: "Y", range: "year" },
  { key: "L", range: "12mo" },
  { key: "A", range: "all" },
];

export function Shortcuts({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const rows = [
    ...SHORTCUTS.map(({ key, range }) => [key, t(`range.${range}`)]),
    ["X", t("shortcut.compare")],
    ["/", t("shortcut.filter")],
    ["?", t("shortcut.help")],
  ];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("shortcut.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Table>
        <Table.Tbody>
          {rows.map(([key, meaning]) => (
            <Table.Tr key={key}>
              <Table.Td w={70}>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{meaning}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
