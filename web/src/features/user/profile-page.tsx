import { Button, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import type { Locale } from "@/api/types";
import { useDraft } from "@/ui/draft";
import { LOCALES, setLocale } from "@/ui/i18n";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

export function ProfilePage() {
  const { t } = useTranslation();
  return (
    <Stack gap="xl">
      <Section title={t("settings.profile")} lead={t("profile.lead")}>
        <Panel>
          <Details />
        </Panel>
      </Section>
      <Section title={t("profile.changePassword")}>
        <Panel>
          <Password />
        </Panel>
      </Section>
    </Stack>
  );
}

function Details() {
  const { t } = useTranslation();
  const { session } = useHere();
  const client = useQueryClient();
  const draft = useDraft({ name: session.user.name, locale: session.user.locale as Locale });
  const save = useMutation({
    mutationFn: (values: typeof draft.values) => call("PATCH", "/api/v1/user", values),
    onSuccess: async (_, values) => {
      await setLocale(values.locale);
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      notifications.show({ message: t("common.saved") });
    },
    onError: draft.refuse,
  });
  return (
    <form ref={draft.form} onSubmit={draft.submit((values) => save.mutate(values))}>
      <Stack maw={420}>
        <TextInput label={t("common.email")} value={session.user.email} readOnly variant="filled" dir="ltr" />
        <TextInput
          label={t("setup.yourName")}
          autoComplete="name"
          value={draft.values.name}
          error={draft.errors.name}
          onChange={(event) => draft.set("name", event.currentTarget.value)}
        />
        <Select
          label={t("nav.language")}
          allowDeselect={false}
          data={LOCALES}
          value={draft.values.locale}
          error={draft.errors.locale}
          onChange={(value) => draft.set("locale", (value ?? "en") as Locale)}
        />
        <ProblemAlert problem={draft.rest(save.error)} />
        <div>
          <Button type="submit" loading={save.isPending}>
            {t("common.save")}
          </Button>
        </div>
      </Stack>
    </form>
  );
}

function Password() {
  const { t } = useTranslation();
  const { session } = useHere();
  const draft = useDraft({ current: "", new: "" }, (values) => ({
    current: values.current ? undefined : t("setup.required"),
    new: values.new.length >= 10 ? undefined : t("setup.passwordShort"),
  }));
  const save = useMutation({
    mutationFn: (values: typeof draft.values) => call("PATCH", "/api/v1/user", { password: values }),
    onSuccess: () => {
      draft.reset({ current: "", new: "" });
      notifications.show({ message: t("common.saved") });
    },
    onError: draft.refuse,
  });
  return (
    <form ref={draft.form} noValidate onSubmit={draft.submit((values) => save.mutate(values))}>
      <Stack maw={420}>
        <input type="hidden" name="username" autoComplete="username" value={session.user.email} readOnly />
        <PasswordInput
          label={t("profile.currentPassword")}
          autoComplete="current-password"
          value={draft.values.current}
          error={draft.errors.current}
          onChange={(event) => draft.set("current", event.currentTarget.value)}
        />
        <PasswordInput
          label={t("profile.newPassword")}
          description={t("setup.passwordHint")}
          autoComplete="new-password"
          value={draft.values.new}
          error={draft.errors.new}
          onChange={(event) => draft.set("new", event.currentTarget.value)}
        />
        <ProblemAlert problem={draft.rest(save.error)} />
        <div>
          <Button type="submit" variant="default" loading={save.isPending}>
            {t("profile.changePassword")}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
