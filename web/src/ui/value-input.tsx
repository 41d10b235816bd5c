import { Group, Select } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/goals";
import { NumberField } from "./number-field";

const SECONDS = { seconds: 1, minutes: 60, hours: 3_600 } as const;
type Step = keyof typeof SECONDS;

/** The unit in which a person would say so many seconds. */
const stepOf = (seconds: number | null): Step =>
  seconds === null || seconds >= 3_600 ? "hours" : seconds >= 60 ? "minutes" : "seconds";

/** A number in a metric's unit. Times are typed in the unit that a person would say. */
export function ValueInput(props: {
  unit: Unit;
  label?: string;
  ariaLabel?: string;
  description?: ReactNode;
  placeholder?: string;
  value: number | null;
  error?: ReactNode;
  percent?: boolean;
  onChange: (value: number | null) => void;
}) {
  const { t } = useTranslation();
  const [step, setStep] = useState<Step>(stepOf(props.value));
  const duration = props.unit.kind === "duration" && !props.percent;
  const scale = duration ? SECONDS[step] : 1;
  const share = props.percent || props.unit.kind === "share";
  const field = (
    <NumberField
      label={props.label}
      ariaLabel={props.ariaLabel}
      description={props.description}
      placeholder={props.placeholder}
      error={props.error}
      after={share ? "%" : undefined}
      before={props.unit.kind === "money" && !props.percent ? (props.unit.currency ?? undefined) : undefined}
      value={props.value === null ? null : props.value / scale}
      onChange={(value) => props.onChange(value === null ? null : value * scale)}
    />
  );
  if (!duration) return field;
  return (
    <Group align="flex-end" gap={8} wrap="nowrap">
      {field}
      <Select
        aria-label={t("goals.step.label")}
        w={120}
        allowDeselect={false}
        data={(["seconds", "minutes", "hours"] as const).map((value) => ({
          value,
          label: t(`goals.step.${value}`),
        }))}
        value={step}
        onChange={(next) => {
          const chosen = (next ?? "minutes") as Step;
          // The number stays as typed; what it means changes.
          if (props.value !== null) props.onChange((props.value / scale) * SECONDS[chosen]);
          setStep(chosen);
        }}
      />
    </Group>
  );
}
