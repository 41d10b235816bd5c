import { Badge, Button, Group, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type InboxMessage, inboxQuery, type News } from "@/api/alerts";
import { call } from "@/api/client";
import { workspacePath } from "@/api/queries";
import { useFormat } from "@/ui/format";
import { TextLink } from "@/ui/links";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./alerts.module.css";

/** What one was told, and what of it one has not read. */
export function InboxPage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const inbox = useQuery(inboxQuery(workspace.id));
  const path = `${workspacePath(workspace.id)}/inbox`;
  const reload = () => client.invalidateQueries({ queryKey: inboxQuery(workspace.id).queryKey });
  const readAll = useMutation({
    mutationFn: (newest: string) => call("POST", `${path}/read`, { newest }),
    onSuccess: reload,
  });
  const read = useMutation({
    mutationFn: (id: string) => call("POST", `${path}/${id}/read`, {}),
    onSuccess: reload,
  });
  const items = inbox.data?.items;
  const newest = items?.[0]?.id;
  return (
    <Page
      title={t("alerts.inbox")}
      lead={t("alerts.inboxLead")}
      actions={
        <Group>
          <TextLink to="/w/$workspace/alerts" params={{ workspace: workspace.id }}>
            {t("alerts.all")}
          </TextLink>
          {newest && (inbox.data?.unread ?? 0) > 0 && (
            <Button variant="default" loading={readAll.isPending} onClick={() => readAll.mutate(newest)}>
              {t("alerts.readAll")}
            </Button>
          )}
        </Group>
      }
    >
      <ProblemAlert problem={inbox.error ?? readAll.error ?? read.error} />
      {!items && !inbox.error && <Skeleton height={180} />}
      {items?.length === 0 && <Empty title={t("alerts.inboxEmpty")} text={t("alerts.inboxEmptyText")} />}
      {items?.map((message) => (
        <Message key={message.id} message={message} onRead={() => read.mutate(message.id)} />
      ))}
    </Page>
  );
}

function Message({ message, onRead }: { message: InboxMessage; onRead: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Panel
      className={`${classes.item} ${message.bad ? classes.bad : ""} ${message.alert_id ? "" : classes.plain} ${
        message.read ? "" : classes.unread
      }`}
      aria-label={message.title}
    >
      <Group gap="xs">
        {!message.read && <Badge size="sm">{t("alerts.new")}</Badge>}
        <span className={classes.facts}>
          {t(`alerts.news.${message.news as News}`)} · {f.ago(message.created_at, new Date())}
        </span>
      </Group>
      <h2 className={classes.headline} style={{ fontSize: "1rem" }}>
        {message.title}
      </h2>
      {message.body.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {message.advice && <p className={classes.facts}>{message.advice}</p>}
      <Group>
        <Button component="a" href={message.link} variant="light" size="compact-sm" onClick={onRead}>
          {t("alerts.open")}
        </Button>
      </Group>
    </Panel>
  );
}
