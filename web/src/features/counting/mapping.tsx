import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Rules } from "@/api/trust";
import { IconPlus, IconTrash } from "@/ui/icons";

type Mapping = NonNullable<Rules["mapping"]>[number];

const ACTIONS = [
  "rename_event",
  "drop_event",
  "rename_property",
  "drop_property",
  "convert_property",
  "rename_field",
  "drop_field",
  "replace_field",
] as const;
const KINDS = ["number", "flag", "text"] as const;
const NEW: Mapping = { action: "rename_event", event: "", property: "", from: "", to: "" };

const isOfField = (action: string) => action.endsWith("_field");
const hasProperty = (action: string) => action.endsWith("_property") || isOfField(action);
const hasTo = (action: string) => !action.startsWith("drop_");

/** What clients say in other words than the site's, and what becomes of it. */
export function MappingRules(props: {
  value: Mapping[];
  error: (at: number) => string | undefined;
  onChange: (rules: Mapping[]) => void;
}) {
  const { t } = useTranslation();
  const { value, onChange } = props;
  const change = (at: number, part: Partial<Mapping>) =>
    onChange(value.map((old, index) => (index === at ? { ...old, ...part } : old)));
  return (
    <Stack gap="md">
      {value.map((rule, at) => (
        <Stack key={at} gap={4} role="group" aria-label={t("collect.mapping.title")}>
          <Group align="flex-end" gap="xs">
            <Select
              style={{ flex: "1 1 240px" }}
              maw={340}
              label={t("collect.mapping.action")}
              allowDeselect={false}
              data={ACTIONS.map((action) => ({
                value: action,
                label: t(`collect.mapping.actions.${action}`),
              }))}
              value={rule.action}
              onChange={(action) =>
                change(at, {
                  action: action ?? "rename_event",
                  to: action === "convert_property" ? "number" : "",
                })
              }
            />
            {!isOfField(rule.action) && (
              <TextInput
                style={{ flex: "1 1 140px" }}
                label={t("collect.mapping.event")}
                placeholder={t("collect.mapping.eventHint")}
                dir="ltr"
                value={rule.event ?? ""}
                onChange={(event) => change(at, { event: event.currentTarget.value })}
              />
            )}
            {hasProperty(rule.action) && (
              <TextInput
                style={{ flex: "1 1 140px" }}
                label={t(isOfField(rule.action) ? "collect.mapping.field" : "collect.mapping.property")}
                dir="ltr"
                value={rule.property ?? ""}
                onChange={(event) => change(at, { property: event.currentTarget.value })}
              />
            )}
            {rule.action === "replace_field" && (
              <TextInput
                style={{ flex: "1 1 120px" }}
                label={t("collect.mapping.from")}
                dir="ltr"
                value={rule.from ?? ""}
                onChange={(event) => change(at, { from: event.currentTarget.value })}
              />
            )}
            {rule.action === "convert_property" ? (
              <Select
                w={140}
                label={t("collect.mapping.kind")}
                allowDeselect={false}
                data={KINDS.map((kind) => ({ value: kind, label: t(`collect.mapping.kinds.${kind}`) }))}
                value={rule.to ?? "number"}
                onChange={(to) => change(at, { to: to ?? "number" })}
              />
            ) : (
              hasTo(rule.action) && (
                <TextInput
                  style={{ flex: "1 1 140px" }}
                  label={t("collect.mapping.to")}
                  dir="ltr"
                  value={rule.to ?? ""}
                  onChange={(event) => change(at, { to: event.currentTarget.value })}
                />
              )
            )}
            <ActionIcon
              variant="default"
              size={36}
              aria-label={t("collect.mapping.remove")}
              onClick={() => onChange(value.filter((_, index) => index !== at))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
          {props.error(at) && (
            <Text size="sm" c="red" role="alert">
              {props.error(at)}
            </Text>
          )}
        </Stack>
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={() => onChange([...value, NEW])}
        >
          {t("collect.mapping.add")}
        </Button>
      </div>
    </Stack>
  );
}
