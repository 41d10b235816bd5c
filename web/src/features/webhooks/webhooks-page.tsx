import {
  Alert,
  Badge,
  Button,
  Checkbox,
  Code,
  Group,
  Modal,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Delivery, deliveriesQuery, NEWS, type News, type Webhook, webhooksQuery } from "@/api/alerts";
import { call } from "@/api/client";
import { workspacePath } from "@/api/queries";
import { ConfirmButton } from "@/ui/confirm";
import { CopyButton } from "@/ui/copy-button";
import { useDraft } from "@/ui/draft";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { Empty, ProblemAlert } from "@/ui/page";
import { RowList } from "@/ui/row-list";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

/** Where other programs are told, and what became of it. */
export function WebhooksPage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const hooks = useQuery(webhooksQuery(workspace.id));
  const [adding, { open, close }] = useDisclosure();
  const [secret, setSecret] = useState<string | null>(null);
  const [log, setLog] = useState<Webhook | null>(null);
  const path = `${workspacePath(workspace.id)}/webhooks`;
  const reload = () => client.invalidateQueries({ queryKey: webhooksQuery(workspace.id).queryKey });
  const change = useMutation({
    mutationFn: ({ id, ...body }: { id: string; enabled: boolean }) => call("PATCH", `${path}/${id}`, body),
    onSuccess: reload,
  });
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      {t("alerts.webhookNew")}
    </Button>
  );
  return (
    <Section
      title={t("alerts.webhooks")}
      lead={t("alerts.webhooksLead")}
      action={hooks.data?.length ? add : undefined}
    >
      <ProblemAlert problem={change.error} />
      <RowList
        label={t("alerts.webhooks")}
        query={hooks}
        empty={<Empty title={t("alerts.webhookEmpty")} text={t("alerts.webhookEmptyText")} action={add} />}
        what={(hook) => <b dir="ltr">{hook.url}</b>}
        note={(hook) => (
          <>
            {hook.description}
            {hook.disabled_because && (
              <Text size="sm" c="red">
                {t(`alerts.${hook.disabled_because as "gone" | "failing"}`)}
              </Text>
            )}
          </>
        )}
        actions={(hook) => (
          <Group gap="xs">
            <Switch
              aria-label={`${t("alerts.on")}: ${hook.url}`}
              checked={hook.enabled}
              onChange={(event) => change.mutate({ id: hook.id, enabled: event.currentTarget.checked })}
            />
            <Button variant="default" size="compact-sm" onClick={() => setLog(hook)}>
              {t("alerts.log")}
            </Button>
            <ConfirmButton
              label={t("alerts.rotate")}
              title={t("alerts.rotate")}
              text={t("alerts.rotateText")}
              confirm={t("alerts.rotate")}
              action={async () => {
                const made = await call<Webhook>("POST", `${path}/${hook.id}/secret`, {});
                setSecret(made.secret ?? null);
              }}
            />
            <ConfirmButton
              label={t("common.delete")}
              title={t("alerts.remove", { url: hook.url })}
              text={t("alerts.removeText")}
              confirm={t("common.delete")}
              action={async () => {
                await call("DELETE", `${path}/${hook.id}`);
                await reload();
              }}
            />
          </Group>
        )}
      />
      {adding && (
        <NewWebhook
          path={path}
          onClose={close}
          onDone={async (made) => {
            close();
            setSecret(made.secret ?? null);
            await reload();
          }}
        />
      )}
      {secret && <Secret secret={secret} onClose={() => setSecret(null)} />}
      {log && <Log hook={log} path={path} onClose={() => setLog(null)} />}
    </Section>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("alerts.secretOnce")}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <Alert color="orange">{t("alerts.secretText")}</Alert>
        <Code block dir="ltr" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
          {secret}
        </Code>
        <Group justify="space-between">
          <CopyButton value={secret} size="sm" variant="filled" />
          <Button variant="default" onClick={onClose}>
            {t("common.close")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function NewWebhook(props: { path: string; onClose: () => void; onDone: (made: Webhook) => void }) {
  const { t } = useTranslation();
  const draft = useDraft({ url: "", description: "", news: [...NEWS] as string[] }, (values) => ({
    url: values.url.trim() ? undefined : t("setup.required"),
  }));
  const create = useMutation({
    mutationFn: (values: typeof draft.values) => call<Webhook>("POST", props.path, values),
    onSuccess: props.onDone,
    onError: draft.refuse,
  });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("alerts.webhookNew")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => create.mutate(values))}>
        <Stack>
          <TextInput
            label={t("alerts.url")}
            dir="ltr"
            placeholder="https://"
            value={draft.values.url}
            error={draft.errors.url}
            onChange={(event) => draft.set("url", event.currentTarget.value)}
            data-autofocus
          />
          <TextInput
            label={t("alerts.description")}
            value={draft.values.description}
            error={draft.errors.description}
            onChange={(event) => draft.set("description", event.currentTarget.value)}
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
          <ProblemAlert problem={draft.rest(create.error)} />
          <Button type="submit" loading={create.isPending}>
            {t("alerts.webhookNew")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

const COLORS: Record<string, string> = {
  sent: "var(--good)",
  waiting: "var(--warn)",
  failed: "var(--bad)",
};

function Log({ hook, path, onClose }: { hook: Webhook; path: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const query = deliveriesQuery(workspace.id, hook.id);
  const log = useQuery(query);
  const reload = () => client.invalidateQueries({ queryKey: query.queryKey });
  const test = useMutation({
    mutationFn: () => call("POST", `${path}/${hook.id}/test`, {}),
    onSuccess: reload,
  });
  const again = useMutation({
    mutationFn: (message: string) => call("POST", `${path}/${hook.id}/deliveries/${message}/again`, {}),
    onSuccess: reload,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t("alerts.log")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <Group>
          <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            {t("alerts.test")}
          </Button>
          <Text role="status" size="sm" c="dimmed">
            {test.isSuccess && t("alerts.tested")}
          </Text>
        </Group>
        <ProblemAlert problem={log.error ?? test.error ?? again.error} />
        {log.data?.length === 0 && <Text>{t("alerts.logEmpty")}</Text>}
        {log.data?.map((one) => (
          <Line key={one.id} delivery={one} again={() => again.mutate(one.message)} />
        ))}
      </Stack>
    </Modal>
  );
}

function Line({ delivery, again }: { delivery: Delivery; again: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Badge variant="default" style={{ color: COLORS[delivery.outcome] ?? "var(--ink-soft)" }}>
          {t(`alerts.outcome.${delivery.outcome as "sent"}`)}
        </Badge>
        <b>{t(`alerts.news.${delivery.news as News}`)}</b>
        <Text size="sm" c="dimmed">
          {f.instant(delivery.at)} · {t("alerts.attempt", { number: f.number(delivery.attempt) })}
          {delivery.status !== null && delivery.status !== undefined && ` · HTTP ${delivery.status}`}
          {delivery.next_at && ` · ${t("alerts.nextAt", { time: f.instant(delivery.next_at) })}`}
        </Text>
        {delivery.state !== "waiting" && (
          <Button variant="subtle" size="compact-xs" onClick={again}>
            {t("alerts.again")}
          </Button>
        )}
      </Group>
      {delivery.detail && (
        <Code block dir="ltr" aria-label={t("alerts.answer")}>
          {delivery.detail}
        </Code>
      )}
    </Stack>
  );
}
