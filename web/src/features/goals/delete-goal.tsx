import { Button, Group, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { goalsQuery } from "@/api/goals";
import { workspacePath } from "@/api/queries";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";

export function DeleteGoal({ goal, onClose }: { goal: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => call("DELETE", `${workspacePath(workspace.id)}/goals/${goal}`),
    onSuccess: async () => {
      await navigate({ to: "/w/$workspace", params: { workspace: workspace.id } });
      await client.invalidateQueries({ queryKey: goalsQuery(workspace.id).queryKey });
    },
  });
  return (
    <Stack>
      <p>{t("goal.deleteText")}</p>
      <ProblemAlert problem={remove.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
          {t("common.delete")}
        </Button>
      </Group>
    </Stack>
  );
}
