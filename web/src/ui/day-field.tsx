import { DatePickerInput } from "@mantine/dates";
import type { ReactNode } from "react";
import { useFormat } from "./format";

/** A day, picked from a calendar and written in the person's language. */
export function DayField(props: {
  label: string;
  /** Named for screen readers only. */
  bare?: boolean;
  description?: ReactNode;
  value: string | null;
  error?: ReactNode;
  min?: string;
  max?: string;
  clearable?: boolean;
  onChange: (day: string | null) => void;
}) {
  const f = useFormat();
  return (
    <DatePickerInput
      label={props.bare ? undefined : props.label}
      aria-label={props.bare ? `${props.label}: ${props.value ? f.date(props.value) : ""}` : undefined}
      description={props.description}
      value={props.value}
      error={props.error}
      minDate={props.min}
      maxDate={props.max}
      clearable={props.clearable}
      onChange={(day) => props.onChange(day)}
      valueFormatter={({ date }: { date: unknown }) => (typeof date === "string" ? f.date(date) : "")}
      renderDay={(day: string) => f.number(Number(day.slice(8)))}
      popoverProps={{ withinPortal: true }}
    />
  );
}
