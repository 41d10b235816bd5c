import { Button, Group, Menu, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Alert, alertLinesQuery, alertsQuery, type News, silencesQuery } from "@/api/alerts";
import { call } from "@/api/client";
import { workspacePath } from "@/api/queries";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { LineForm } from "@/ui/line-form";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { RowList } from "@/ui/row-list";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import classes from "./alerts.module.css";

const STATES = ["current", "acknowledged", "snoozed", "resolved", "all"] as const;
const DAY = 86_400_000;

/** What deviates, why, and what people do about it. */
export function AlertsPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const [state, setState] = useState<(typeof STATES)[number]>("current");
  const alerts = useQuery(alertsQuery(workspace.id, state));
  const silences = useQuery(silencesQuery(workspace.id));
  const path = workspacePath(workspace.id);
  const reload = () => client.invalidateQueries({ queryKey: [workspace.id] });
  const look = useMutation({
    mutationFn: () => call<{ found: number; told: number }>("POST", `${path}/alerts/look`, {}),
    onSuccess: reload,
  });
  const act = useMutation({
    mutationFn: ({ id, word, body }: { id: string; word: string; body: object }) =>
      call("POST", `${path}/alerts/${id}/${word}`, body),
    onSuccess: reload,
  });
  const end = useMutation({
    mutationFn: (id: string) => call("DELETE", `${path}/silences/${id}`),
    onSuccess: reload,
  });
  return (
    <Page
      title={t("alerts.title")}
      lead={t("alerts.lead")}
      actions={
        canEdit && (
          <Button variant="default" loading={look.isPending} onClick={() => look.mutate()}>
            {t("alerts.look")}
          </Button>
        )
      }
    >
      <Group mb="md">
        <SegmentedControl
          value={state}
          onChange={(value) => setState(value as typeof state)}
          aria-label={t("alerts.show")}
          data={STATES.map((value) => ({ value, label: t(`alerts.state.${value}`) }))}
          style={{ maxWidth: "100%", flexWrap: "wrap" }}
        />
        <Text role="status" size="sm" c="dimmed">
          {look.data && t("alerts.looked", { found: look.data.found, told: look.data.told })}
        </Text>
      </Group>
      <ProblemAlert problem={alerts.error ?? look.error ?? act.error ?? end.error} />
      {!alerts.data && !alerts.error && <Skeleton height={180} />}
      {alerts.data?.items.length === 0 && <Empty title={t("alerts.empty")} text={t("alerts.emptyText")} />}
      {alerts.data?.items.map((alert) => (
        <AlertItem
          key={alert.id}
          alert={alert}
          act={(word, body = {}) => act.mutate({ id: alert.id, word, body })}
        />
      ))}
      <div className={classes.section}>
        <Lines />
      </div>
      {(silences.data?.length ?? 0) > 0 && (
        <div className={classes.section}>
          <Section title={t("alerts.silences")} lead={t("alerts.muteText")}>
            <RowList
              label={t("alerts.silences")}
              query={silences}
              empty={null}
              what={(silence) => (
                <>
                  {silence.cause && `${t(`alerts.news.${silence.cause as News}`)}: `}
                  <bdi>{silence.name}</bdi>
                </>
              )}
              note={(silence) =>
                silence.until
                  ? t("alerts.untilDay", { day: f.date(silence.until, "short") })
                  : t("alerts.forGood")
              }
              actions={(silence) =>
                canEdit && (
                  <Button variant="default" size="compact-sm" onClick={() => end.mutate(silence.id)}>
                    {t("alerts.unmute")}
                  </Button>
                )
              }
            />
          </Section>
        </div>
      )}
    </Page>
  );
}

function AlertItem({ alert, act }: { alert: Alert; act: (word: string, body?: object) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canEdit } = useHere();
  const until = (days: number) => ({ until: new Date(Date.now() + days * DAY).toISOString() });
  const over = alert.state === "resolved";
  return (
    <Panel className={`${classes.item} ${alert.bad ? classes.bad : ""}`} aria-label={alert.headline}>
      <span className={classes.facts}>
        {t(`alerts.news.${alert.cause as News}`)} · {alert.subject.name} ·{" "}
        {t("alerts.since", { day: f.date(alert.since, "short") })}
        {alert.acknowledged_by && ` · ${t("alerts.acknowledgedBy", { name: alert.acknowledged_by })}`}
        {alert.snoozed_until &&
          ` · ${t("alerts.snoozedUntil", { day: f.date(alert.snoozed_until, "short") })}`}
        {over && ` · ${t("alerts.state.resolved")}`}
      </span>
      <h2 className={classes.headline} style={{ fontSize: "1.05rem" }}>
        {alert.headline}
      </h2>
      {alert.drivers.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {alert.advice && <p className={classes.facts}>{alert.advice}</p>}
      <Group gap="xs">
        {alert.goals.map(({ id, name }) => (
          <Button
            key={id}
            renderRoot={(props) => (
              <Link
                to="/w/$workspace/goals/$goal"
                params={{ workspace: workspace.id, goal: id }}
                {...props}
              />
            )}
            variant="light"
            size="compact-sm"
          >
            <bdi>{alert.goals.length > 1 ? name : t("alerts.open")}</bdi>
          </Button>
        ))}
        {canEdit && !over && (
          <>
            {alert.state !== "acknowledged" && (
              <Button variant="default" size="compact-sm" onClick={() => act("acknowledge")}>
                {t("alerts.acknowledge")}
              </Button>
            )}
            <Choice
              label={t("alerts.snooze")}
              choices={[
                [t("alerts.snoozeDay"), () => act("snooze", until(1))],
                [t("alerts.snoozeWeek"), () => act("snooze", until(7))],
              ]}
            />
            <Choice
              label={t("alerts.mute")}
              choices={[
                [t("alerts.muteMonth"), () => act("mute", { days: 30 })],
                [t("alerts.muteGood"), () => act("mute")],
              ]}
            />
            <Button variant="default" size="compact-sm" onClick={() => act("resolve")}>
              {t("alerts.resolve")}
            </Button>
          </>
        )}
        {canEdit && over && (
          <Button variant="default" size="compact-sm" onClick={() => act("reopen")}>
            {t("alerts.reopen")}
          </Button>
        )}
      </Group>
    </Panel>
  );
}

/** Lines that people drew on figures. */
function Lines() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const lines = useQuery(alertLinesQuery(workspace.id));
  const [adding, { open, close }] = useDisclosure();
  const reload = () => client.invalidateQueries({ queryKey: alertLinesQuery(workspace.id).queryKey });
  const remove = useMutation({
    mutationFn: (id: string) => call("DELETE", `${workspacePath(workspace.id)}/alert-lines/${id}`),
    onSuccess: reload,
  });
  return (
    <Section
      title={t("alerts.watch.lines")}
      lead={t("alerts.watch.newText")}
      action={
        canEdit && (
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={open}>
            {t("alerts.watch.new")}
          </Button>
        )
      }
    >
      <ProblemAlert problem={remove.error} />
      <RowList
        label={t("alerts.watch.lines")}
        query={lines}
        empty={
          <Text c="dimmed" p="md">
            {t("alerts.watch.none")}
          </Text>
        }
        what={(line) => (
          <>
            <bdi>{line.name}</bdi>
            {" · "}
            {t(`alerts.watch.sides.${line.side as "below"}`)} <bdi>{line.value_text}</bdi>
          </>
        )}
        actions={(line) =>
          canEdit && (
            <Button
              variant="subtle"
              color="red"
              size="compact-sm"
              aria-label={`${t("common.delete")}: ${line.name} ${line.value_text}`}
              onClick={() => remove.mutate(line.id)}
            >
              {t("common.delete")}
            </Button>
          )
        }
      />
      {adding && <LineForm onClose={close} onDone={reload} />}
    </Section>
  );
}

function Choice({ label, choices }: { label: string; choices: [string, () => void][] }) {
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <Button variant="default" size="compact-sm">
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(([name, choose]) => (
          <Menu.Item key={name} onClick={choose}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
