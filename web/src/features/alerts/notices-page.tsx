import { Button, Checkbox, Group, NumberInput, Skeleton, Stack, Switch, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import {
  type AlertSettings,
  alertSettingsQuery,
  mailQuery,
  NEWS,
  type NoticeChoice,
  noticeChoiceQuery,
} from "@/api/alerts";
import { call } from "@/api/client";
import { workspacePath } from "@/api/queries";
import { useDraft } from "@/ui/draft";
import { LOCALES } from "@/ui/i18n";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

/** What one is told and how, whether mail goes out, and how the workspace is watched. */
export function NoticesPage() {
  const { workspace, canAdmin } = useHere();
  const choice = useQuery(noticeChoiceQuery(workspace.id));
  const settings = useQuery(alertSettingsQuery(workspace.id));
  return (
    <Stack gap="xl">
      <ProblemAlert problem={choice.error ?? settings.error} />
      {choice.data ? <Choice choice={choice.data} /> : <Skeleton height={240} />}
      <Mail />
      {canAdmin && (settings.data ? <Watching settings={settings.data} /> : <Skeleton height={240} />)}
    </Stack>
  );
}

function Saved({ done }: { done: boolean }) {
  const { t } = useTranslation();
  return (
    <Text role="status" size="sm" c="dimmed">
      {done && t("alerts.saved")}
    </Text>
  );
}

function Choice({ choice }: { choice: NoticeChoice }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const draft = useDraft(choice);
  const save = useMutation({
    mutationFn: (values: NoticeChoice) =>
      call<NoticeChoice>("PATCH", `${workspacePath(workspace.id)}/notice-choice`, values),
    onSuccess: (saved) => client.setQueryData(noticeChoiceQuery(workspace.id).queryKey, saved),
    onError: draft.refuse,
  });
  return (
    <Section title={t("alerts.notices")} lead={t("alerts.noticesLead")}>
      <Panel>
        <form ref={draft.form} onSubmit={draft.submit((values) => save.mutate(values))}>
          <Stack>
            <Switch
              label={t("alerts.byEmail")}
              checked={draft.values.email}
              onChange={(event) => draft.set("email", event.currentTarget.checked)}
            />
            <Switch
              label={t("alerts.mineOnly")}
              checked={draft.values.mine_only}
              onChange={(event) => draft.set("mine_only", event.currentTarget.checked)}
            />
            <Checkbox.Group
              label={t("alerts.about")}
              value={draft.values.news}
              onChange={(news) => draft.set("news", news)}
            >
              <Stack gap="xs" mt="xs">
                {NEWS.map((news) => (
                  <Checkbox key={news} value={news} label={t(`alerts.news.${news}`)} />
                ))}
              </Stack>
            </Checkbox.Group>
            <ProblemAlert problem={draft.rest(save.error)} />
            <Group>
              <Button type="submit" loading={save.isPending}>
                {t("common.save")}
              </Button>
              <Saved done={save.isSuccess} />
            </Group>
          </Stack>
        </form>
      </Panel>
    </Section>
  );
}

function Mail() {
  const { t } = useTranslation();
  const { workspace, canAdmin } = useHere();
  const mail = useQuery(mailQuery(workspace.id)).data;
  const test = useMutation({
    mutationFn: () => call<{ to: string }>("POST", `${workspacePath(workspace.id)}/mail/test`, {}),
  });
  if (!mail) return null;
  return (
    <Section title={t("alerts.mail")}>
      <Panel>
        <Stack>
          <Text>
            {mail.set_up
              ? t("alerts.mailFrom", { from: mail.from ?? "", server: mail.server ?? "" })
              : t("alerts.mailOff")}
          </Text>
          <ProblemAlert problem={test.error} />
          {mail.set_up && canAdmin && (
            <Group>
              <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
                {t("alerts.mailTest")}
              </Button>
              <Text role="status" size="sm" c="dimmed">
                {test.data && t("alerts.mailSent", { to: test.data.to })}
              </Text>
            </Group>
          )}
        </Stack>
      </Panel>
    </Section>
  );
}

function Watching({ settings }: { settings: AlertSettings }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const draft = useDraft(settings);
  const save = useMutation({
    mutationFn: (values: AlertSettings) =>
      call<AlertSettings>("PATCH", `${workspacePath(workspace.id)}/alert-settings`, values),
    onSuccess: (saved) => client.setQueryData(alertSettingsQuery(workspace.id).queryKey, saved),
    onError: draft.refuse,
  });
  return (
    <Section title={t("alerts.watching")}>
      <Panel>
        <form ref={draft.form} onSubmit={draft.submit((values) => save.mutate(values))}>
          <Stack>
            <NumberInput
              label={t("alerts.budget")}
              description={t("alerts.budgetText")}
              maw={420}
              min={0.1}
              max={60}
              decimalScale={1}
              value={draft.values.budget_month}
              error={draft.errors.budget_month}
              onChange={(value) => draft.set("budget_month", Number(value))}
            />
            <NumberInput
              label={t("alerts.line")}
              maw={420}
              min={0}
              max={100}
              value={Math.round(draft.values.probability_line * 100)}
              error={draft.errors.probability_line}
              onChange={(value) => draft.set("probability_line", Number(value) / 100)}
            />
            <NumberInput
              label={t("alerts.stalled")}
              description={t("alerts.stalledText")}
              maw={420}
              min={0}
              max={52}
              allowDecimal={false}
              value={draft.values.stalled_weeks}
              error={draft.errors.stalled_weeks}
              onChange={(value) => draft.set("stalled_weeks", Number(value))}
            />
            <Switch
              label={t("alerts.hourly")}
              checked={draft.values.hourly}
              onChange={(event) => draft.set("hourly", event.currentTarget.checked)}
            />
            <Checkbox.Group
              label={t("alerts.languages")}
              value={draft.values.languages}
              error={draft.errors.languages}
              onChange={(languages) => draft.set("languages", languages)}
            >
              <Group mt="xs">
                {LOCALES.map(({ value, label }) => (
                  <Checkbox key={value} value={value} label={label} lang={value} />
                ))}
              </Group>
            </Checkbox.Group>
            <ProblemAlert problem={draft.rest(save.error)} />
            <Group>
              <Button type="submit" loading={save.isPending}>
                {t("common.save")}
              </Button>
              <Saved done={save.isSuccess} />
            </Group>
          </Stack>
        </form>
      </Panel>
    </Section>
  );
}
