import { Alert, Button, Code, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sessionQuery, setupQuery } from "@/api/queries";
import type { Session } from "@/api/types";
import { useDraft } from "@/ui/draft";
import { setLocale } from "@/ui/i18n";
import { ProblemAlert } from "@/ui/page";
import { Threshold } from "@/ui/threshold";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const { next } = route.useSearch();
  const draft = useDraft({ email: "", password: "" }, (values) => ({
    email: values.email.trim() ? undefined : t("setup.required"),
    password: values.password ? undefined : t("setup.required"),
  }));
  const demo = useQuery(setupQuery).data?.demo_sign_in;
  const signIn = useMutation({
    mutationFn: (values: typeof draft.values) =>
      call<Session>("POST", "/api/v1/session", { email: values.email.trim(), password: values.password }),
    onSuccess: async (session) => {
      client.setQueryData(sessionQuery.queryKey, session);
      await setLocale(session.user.locale);
      router.history.push(next ?? "/");
    },
    onError: draft.refuse,
  });
  return (
    <Threshold title={t("signIn.title")} lead={t("signIn.lead")}>
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => signIn.mutate(values))}>
        <Stack gap="md">
          {demo && (
            <Alert color="sea">
              {t("signIn.demo")}
              <br />
              <Code>{demo.email}</Code> <Code>{demo.password}</Code>
              <br />
              <Button
                size="compact-sm"
                variant="default"
                mt="xs"
                onClick={() => {
                  draft.set("email", demo.email);
                  draft.set("password", demo.password);
                }}
              >
                {t("signIn.demoUse")}
              </Button>
            </Alert>
          )}
          <TextInput
            label={t("common.email")}
            type="email"
            autoComplete="username"
            dir="ltr"
            autoFocus
            value={draft.values.email}
            error={draft.errors.email}
            onChange={(event) => draft.set("email", event.currentTarget.value)}
          />
          <PasswordInput
            label={t("common.password")}
            autoComplete="current-password"
            value={draft.values.password}
            error={draft.errors.password}
            onChange={(event) => draft.set("password", event.currentTarget.value)}
          />
          <ProblemAlert problem={draft.rest(signIn.error)} />
          <Button type="submit" size="md" loading={signIn.isPending}>
            {t("signIn.submit")}
          </Button>
          <Text size="sm" c="dimmed">
            {t("signIn.forgot")}
          </Text>
        </Stack>
      </form>
    </Threshold>
  );
}
