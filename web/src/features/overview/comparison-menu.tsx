import { Button, Menu, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { IconCheck, IconChevronDown } from "@/ui/icons";
import { COMPARISONS, comparisonOf, type View } from "./view";

export function ComparisonMenu({ view, onChange }: { view: View; onChange: (next: Partial<View>) => void }) {
  const { t } = useTranslation();
  const comparison = comparisonOf(view);
  return (
    <Menu width={230} position="bottom-end" withinPortal closeOnItemClick={false}>
      <Menu.Target>
        <Button
          variant="default"
          disabled={view.range === "all"}
          rightSection={<IconChevronDown size={14} />}
          aria-label={`${t("compare.label")}: ${t(`compare.${comparison}`)}`}
        >
          {t(`compare.${comparison}`)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {COMPARISONS.map((choice) => (
          <Menu.Item
            key={choice}
            leftSection={
              choice === comparison ? (
                <IconCheck size={16} />
              ) : (
                <span style={{ width: 16, display: "block" }} />
              )
            }
            onClick={() => onChange({ compare: choice })}
          >
            {t(`compare.${choice}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          component="div"
          disabled={comparison === "off"}
          onClick={() => onChange({ weekdays: view.weekdays ? undefined : true })}
        >
          <Switch
            readOnly
            tabIndex={-1}
            size="sm"
            label={t("compare.weekdays")}
            checked={Boolean(view.weekdays)}
            disabled={comparison === "off"}
          />
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
