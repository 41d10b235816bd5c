import { Button, Kbd, Menu, Modal, Stack } from "@mantine/core";
import { DatePicker } from "@mantine/dates";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import { IconCalendar, IconCheck } from "@/ui/icons";
import { SHORTCUTS } from "./shortcuts";
import { DEFAULT_RANGE, RANGES, type Range, type View } from "./view";

const DIVIDED: Range[] = ["7d", "month", "year", "all"];

export function PeriodMenu(props: { view: View; today: string; onChange: (next: Partial<View>) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { view } = props;
  const range = view.range ?? DEFAULT_RANGE;
  const [picking, setPicking] = useState<[string | null, string | null] | null>(null);
  const label =
    range === "custom" && view.from && view.to
      ? `${f.date(view.from, "short")} – ${f.date(view.to, "short")}`
      : t(`range.${range}`);
  return (
    <>
      <Menu width={240} position="bottom-end" withinPortal>
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconCalendar size={16} />}
            aria-label={`${t("range.label")}: ${label}`}
          >
            {label}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {RANGES.map((choice) => [
            DIVIDED.includes(choice) && <Menu.Divider key={`before-${choice}`} />,
            <Menu.Item
              key={choice}
              leftSection={
                choice === range ? <IconCheck size={16} /> : <span style={{ width: 16, display: "block" }} />
              }
              rightSection={
                <Kbd size="xs">{SHORTCUTS.find((shortcut) => shortcut.range === choice)?.key}</Kbd>
              }
              onClick={() => props.onChange({ range: choice, from: undefined, to: undefined })}
            >
              {t(`range.${choice}`)}
            </Menu.Item>,
          ])}
          <Menu.Divider />
          <Menu.Item
            leftSection={
              range === "custom" ? <IconCheck size={16} /> : <span style={{ width: 16, display: "block" }} />
            }
            onClick={() => setPicking([view.from ?? null, view.to ?? null])}
          >
            {t("range.custom")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={picking !== null}
        onClose={() => setPicking(null)}
        title={t("range.pick")}
        size="auto"
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <Stack align="center">
          <DatePicker
            type="range"
            allowSingleDateInRange
            maxDate={props.today}
            defaultDate={view.from ?? props.today}
            value={picking ?? [null, null]}
            onChange={setPicking}
            renderDay={(day) => f.number(Number(day.slice(8)))}
          />
          <Button
            fullWidth
            disabled={!picking?.[0] || !picking[1]}
            onClick={() => {
              if (picking?.[0] && picking[1])
                props.onChange({ range: "custom", from: picking[0], to: picking[1] });
              setPicking(null);
            }}
          >
            {t("filter.apply")}
          </Button>
        </Stack>
      </Modal>
    </>
  );
}
