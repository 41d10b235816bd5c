import { ActionIcon, Autocomplete, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Rules } from "@/api/trust";
import { IconChevronDown, IconPlus, IconTrash, IconX } from "@/ui/icons";

type Rule = Rules["channels"][number];
type Condition = Rule["conditions"][number];

const FIELDS = ["source", "medium", "campaign", "referrer"] as const;
const OPERATORS = [
  "is",
  "is_not",
  "contains",
  "contains_not",
  "starts_with",
  "ends_with",
  "matches",
] as const;
const NEW: Condition = { field: "source", operator: "is", value: "" };

/** Channels of the site's own, in the order in which they are tried. */
export function Channels(props: {
  value: Rule[];
  names: string[];
  error: (at: number) => string | undefined;
  onChange: (rules: Rule[]) => void;
}) {
  const { t } = useTranslation();
  const { value, onChange } = props;
  const replace = (at: number, rule: Rule) =>
    onChange(value.map((old, index) => (index === at ? rule : old)));
  const up = (at: number) => {
    const moved = [...value];
    const [rule] = moved.splice(at, 1);
    if (rule) moved.splice(at - 1, 0, rule);
    onChange(moved);
  };
  return (
    <Stack gap="md">
      {value.map((rule, at) => (
        <Stack key={at} gap="xs" role="group" aria-label={rule.channel || t("trust.counting.channel")}>
          <Group align="flex-end" gap="xs">
            <Autocomplete
              style={{ flex: "1 1 220px" }}
              maw={320}
              label={t("trust.counting.channel")}
              data={props.names}
              value={rule.channel}
              onChange={(channel) => replace(at, { ...rule, channel })}
            />
            {at > 0 && (
              <ActionIcon
                variant="default"
                size={36}
                aria-label={t("trust.counting.up")}
                onClick={() => up(at)}
              >
                <IconChevronDown size={16} style={{ transform: "rotate(180deg)" }} />
              </ActionIcon>
            )}
            <ActionIcon
              variant="default"
              size={36}
              aria-label={t("trust.counting.removeChannel")}
              onClick={() => onChange(value.filter((_, index) => index !== at))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
          {rule.conditions.map((condition, number) => (
            <OneCondition
              key={number}
              value={condition}
              only={rule.conditions.length === 1}
              onChange={(next) =>
                replace(at, {
                  ...rule,
                  conditions: rule.conditions.map((old, index) => (index === number ? next : old)),
                })
              }
              onRemove={() =>
                replace(at, { ...rule, conditions: rule.conditions.filter((_, index) => index !== number) })
              }
            />
          ))}
          {props.error(at) && (
            <Text size="sm" c="red" role="alert">
              {props.error(at)}
            </Text>
          )}
          <div>
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<IconPlus size={14} />}
              onClick={() => replace(at, { ...rule, conditions: [...rule.conditions, NEW] })}
            >
              {t("trust.counting.addCondition")}
            </Button>
          </div>
        </Stack>
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={() => onChange([...value, { channel: "", conditions: [NEW] }])}
        >
          {t("trust.counting.addChannel")}
        </Button>
      </div>
    </Stack>
  );
}

function OneCondition(props: {
  value: Condition;
  only: boolean;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation();
  const { value, onChange } = props;
  return (
    <Group gap="xs" ps={{ base: 0, sm: "md" }}>
      <Select
        w={140}
        aria-label={t("trust.counting.fieldLabel")}
        allowDeselect={false}
        data={FIELDS.map((field) => ({ value: field, label: t(`trust.counting.field.${field}`) }))}
        value={value.field}
        onChange={(field) => onChange({ ...value, field: field ?? "source" })}
      />
      <Select
        w={250}
        maw="100%"
        aria-label={t("trust.counting.operatorLabel")}
        allowDeselect={false}
        data={OPERATORS.map((operator) => ({
          value: operator,
          label: t(`trust.counting.operator.${operator}`),
        }))}
        value={value.operator}
        onChange={(operator) => onChange({ ...value, operator: operator ?? "is" })}
      />
      <TextInput
        style={{ flex: "1 1 160px" }}
        aria-label={t("trust.counting.value")}
        dir="ltr"
        value={value.value}
        onChange={(event) => onChange({ ...value, value: event.currentTarget.value })}
      />
      {!props.only && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("trust.counting.removeCondition")}
          onClick={props.onRemove}
        >
          <IconX size={16} />
        </ActionIcon>
      )}
    </Group>
  );
}
