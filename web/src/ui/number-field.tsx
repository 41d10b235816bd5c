import { TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "./format";
import { isPlain, readNumber } from "./number";

/**
 * A number as its person writes it: Persian digits, decimal commas and groups are read, and what
 * could be read in two ways says how it was.
 */
export function NumberField(props: {
  label?: string;
  ariaLabel?: string;
  description?: ReactNode;
  placeholder?: string;
  /** What stands before or after the number. */
  before?: string;
  after?: string;
  value: number | null;
  error?: ReactNode;
  onChange: (value: number | null) => void;
}) {
  const { t, i18n } = useTranslation();
  const f = useFormat();
  const read = (text: string) => readNumber(text, i18n.language);
  const shown = (value: number | null) => (value === null ? "" : f.number(value, 6));
  const [text, setText] = useState(() => shown(props.value));
  // A value that was set from elsewhere takes the text's place.
  useEffect(() => {
    if (read(text) !== props.value) setText(shown(props.value));
  }, [props.value]);
  const [left, setLeft] = useState(false);
  const value = read(text);
  const wrong = left && text.trim() !== "" && value === null;
  const told =
    value !== null && !isPlain(text) ? t("dictionary.readAs", { value: f.number(value, 6) }) : undefined;
  return (
    <TextInput
      label={props.label}
      aria-label={props.ariaLabel}
      description={props.description}
      inputWrapperOrder={["label", "description", "input", "error"]}
      placeholder={props.placeholder}
      error={props.error ?? (wrong ? t("dictionary.notNumber") : undefined)}
      title={told}
      inputMode="decimal"
      autoComplete="off"
      leftSection={props.before}
      leftSectionWidth={props.before ? 22 + 9 * props.before.length : undefined}
      rightSection={props.after}
      value={text}
      onBlur={() => setLeft(true)}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        setLeft(false);
        props.onChange(next.trim() === "" ? null : read(next));
      }}
      flex={1}
      miw={110}
    />
  );
}
