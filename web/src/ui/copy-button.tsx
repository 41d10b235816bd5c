import { Button, type ButtonProps } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { IconCheck, IconCopy } from "./icons";

/** Copies `value`, and says so for two seconds. */
export function CopyButton({ value, label, ...rest }: { value: string; label?: string } & ButtonProps) {
  const { t } = useTranslation();
  const clipboard = useClipboard({ timeout: 2000 });
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      onClick={() => clipboard.copy(value)}
      {...rest}
    >
      <span aria-live="polite">{clipboard.copied ? t("common.copied") : (label ?? t("common.copy"))}</span>
    </Button>
  );
}
