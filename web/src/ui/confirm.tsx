import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "./page";

/** A button that asks before it does what cannot be undone. */
export function ConfirmButton(props: {
  label: string;
  title: string;
  text: ReactNode;
  confirm: string;
  variant?: string;
  action: () => Promise<unknown>;
}) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const run = useMutation({ mutationFn: props.action, onSuccess: () => setAsking(false) });
  return (
    <>
      <Button
        variant={props.variant ?? "subtle"}
        color="red"
        size="compact-sm"
        aria-label={`${props.label}: ${props.title}`}
        onClick={() => setAsking(true)}
      >
        {props.label}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={props.title}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <Stack>
          <div>{props.text}</div>
          <ProblemAlert problem={run.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)}>
              {t("common.cancel")}
            </Button>
            <Button color="red" loading={run.isPending} onClick={() => run.mutate()}>
              {props.confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
