import { ActionIcon, Button, Input, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { IconPlus, IconX } from "@/ui/icons";
import classes from "./reviews.module.css";

/** Short texts, as many as needed, each on a line of its own. */
export function Entries(props: {
  label: string;
  hint: string;
  add: string;
  values: string[];
  onChange: (values: string[]) => void;
}) {
  const { t } = useTranslation();
  const { values, onChange } = props;
  return (
    <Input.Wrapper label={props.label} description={props.hint} labelElement="div">
      <div className={classes.entries} style={{ marginBlockStart: 8 }}>
        {values.map((value, at) => (
          <TextInput
            key={at}
            aria-label={props.label}
            maxLength={500}
            autoFocus={value === ""}
            value={value}
            onChange={(event) =>
              onChange(values.map((other, index) => (index === at ? event.currentTarget.value : other)))
            }
            rightSection={
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`${t("common.remove")}: ${value}`}
                onClick={() => onChange(values.filter((_, index) => index !== at))}
              >
                <IconX size={15} />
              </ActionIcon>
            }
          />
        ))}
        <div className={classes.add}>
          <Button
            variant="light"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange([...values, ""])}
          >
            {props.add}
          </Button>
        </div>
      </div>
    </Input.Wrapper>
  );
}
