import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sessionQuery, setupQuery } from "@/api/queries";
import type { Session } from "@/api/types";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { Threshold } from "@/ui/threshold";

/** The first visit: the owner's account and the workspace. */
export function SetupPage() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const draft = useDraft({ name: "", email: "", password: "", workspace_name: "" }, (values) => ({
    name: values.name.trim() ? undefined : t("setup.required"),
    email: /^\S+@\S+$/.test(values.email.trim()) ? undefined : t("setup.emailInvalid"),
    password: values.password.length >= 10 ? undefined : t("setup.passwordShort"),
    workspace_name: values.workspace_name.trim() ? undefined : t("setup.required"),
  }));
  const create = useMutation({
    mutationFn: (values: typeof draft.values) =>
      call<Session>("POST", "/api/v1/setup", {
        ...values,
        email: values.email.trim(),
        locale: i18n.language,
      }),
    onSuccess: async (session) => {
      client.setQueryData(sessionQuery.queryKey, session);
      client.removeQueries({ queryKey: setupQuery.queryKey });
      const workspace = session.workspaces[0]?.id ?? "";
      await navigate({ to: "/w/$workspace/sites/new", params: { workspace } });
    },
    onError: draft.refuse,
  });
  const field = (name: keyof typeof draft.values) => ({
    value: draft.values[name],
    error: draft.errors[name],
    onChange: (event: { currentTarget: { value: string } }) => draft.set(name, event.currentTarget.value),
  });
  return (
    <Threshold title={t("setup.title")} lead={t("setup.lead")}>
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => create.mutate(values))}>
        <Stack gap="md">
          <TextInput label={t("setup.yourName")} autoComplete="name" autoFocus {...field("name")} />
          <TextInput
            label={t("common.email")}
            type="email"
            autoComplete="username"
            dir="ltr"
            {...field("email")}
          />
          <PasswordInput
            label={t("common.password")}
            description={t("setup.passwordHint")}
            autoComplete="new-password"
            {...field("password")}
          />
          <TextInput
            label={t("setup.workspace")}
            description={t("setup.workspaceHint")}
            autoComplete="organization"
            {...field("workspace_name")}
          />
          <ProblemAlert problem={draft.rest(create.error)} />
          <Button type="submit" size="md" loading={create.isPending}>
            {t("setup.create")}
          </Button>
        </Stack>
      </form>
    </Threshold>
  );
}
