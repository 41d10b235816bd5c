import { Button, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sessionQuery, workspacePath } from "@/api/queries";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

export function WorkspacePage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const draft = useDraft({ name: workspace.name }, ({ name }) => ({
    name: name.trim() ? undefined : t("setup.required"),
  }));
  const save = useMutation({
    mutationFn: (values: typeof draft.values) => call("PATCH", workspacePath(workspace.id), values),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      notifications.show({ message: t("common.saved") });
    },
    onError: draft.refuse,
  });
  return (
    <Section title={t("settings.workspace")}>
      <Panel>
        <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
          <TextInput
            label={t("settings.workspaceName")}
            maw={420}
            mb="md"
            value={draft.values.name}
            error={draft.errors.name}
            onChange={(event) => draft.set("name", event.currentTarget.value)}
          />
          <ProblemAlert problem={draft.rest(save.error)} />
          <Button type="submit" loading={save.isPending}>
            {t("common.save")}
          </Button>
        </form>
      </Panel>
    </Section>
  );
}
