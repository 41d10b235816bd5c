import { queryOptions } from "@tanstack/react-query";
import { call } from "./client";
import { workspacePath } from "./queries";
import type { components } from "./schema.gen";

// What deviates, what one was told of it, and to whom else it goes.

type Schemas = components["schemas"];
export type Alert = Schemas["AlertBody"];
export type Alerts = Schemas["Alerts"];
export type AlertSettings = Schemas["AlertSettingsBody"];
export type AlertLine = Schemas["LineBody"];
export type GoalWatch = Schemas["GoalWatch"];
export type Silence = Schemas["SilenceBody"];
export type Inbox = Schemas["Inbox"];
export type InboxMessage = Schemas["InboxMessage"];
export type NoticeChoice = Schemas["ChoiceBody"];
export type Mail = Schemas["MailBody"];
export type Webhook = Schemas["WebhookBody"];
export type Delivery = Schemas["DeliveryBody"];

export const NEWS = [
  "statistical",
  "threshold",
  "data_stopped",
  "milestone_missed",
  "probability_low",
  "plan_stalled",
  "review_due",
  "figure_due",
  "goal_reached",
  "goal_missed",
] as const;
export type News = (typeof NEWS)[number];

export const alertsQuery = (workspace: string, state: string) =>
  queryOptions({
    queryKey: [workspace, "alerts", state],
    queryFn: ({ signal }) =>
      call<Alerts>("GET", `${workspacePath(workspace)}/alerts?state=${state}`, undefined, signal),
  });

/** What deviates of one goal, its figures, and the lines on them. */
export const goalAlertsQuery = (workspace: string, goal: string) =>
  queryOptions({
    queryKey: [workspace, "alerts", "goal", goal],
    queryFn: ({ signal }) =>
      call<Alerts>("GET", `${workspacePath(workspace)}/alerts?goal=${goal}`, undefined, signal),
  });

export const goalWatchQuery = (workspace: string, goal: string) =>
  queryOptions({
    queryKey: [workspace, "goals", goal, "watch"],
    queryFn: ({ signal }) =>
      call<GoalWatch>("GET", `${workspacePath(workspace)}/goals/${goal}/watch`, undefined, signal),
  });

export const inboxQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "inbox"],
    queryFn: ({ signal }) => call<Inbox>("GET", `${workspacePath(workspace)}/inbox`, undefined, signal),
    refetchInterval: 60_000,
  });

const items =
  <T>(path: string) =>
  async ({ signal }: { signal: AbortSignal }) =>
    (await call<{ items: T[] }>("GET", path, undefined, signal)).items;

export const silencesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "silences"],
    queryFn: items<Silence>(`${workspacePath(workspace)}/silences`),
  });

export const alertSettingsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "alert-settings"],
    queryFn: ({ signal }) =>
      call<AlertSettings>("GET", `${workspacePath(workspace)}/alert-settings`, undefined, signal),
  });

export const noticeChoiceQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "notice-choice"],
    queryFn: ({ signal }) =>
      call<NoticeChoice>("GET", `${workspacePath(workspace)}/notice-choice`, undefined, signal),
  });

export const mailQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "mail"],
    queryFn: ({ signal }) => call<Mail>("GET", `${workspacePath(workspace)}/mail`, undefined, signal),
  });

export const alertLinesQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "alert-lines"],
    queryFn: items<AlertLine>(`${workspacePath(workspace)}/alert-lines`),
  });

export const webhooksQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "webhooks"],
    queryFn: items<Webhook>(`${workspacePath(workspace)}/webhooks`),
  });

export const deliveriesQuery = (workspace: string, webhook: string) =>
  queryOptions({
    queryKey: [workspace, "webhooks", webhook, "deliveries"],
    queryFn: items<Delivery>(`${workspacePath(workspace)}/webhooks/${webhook}/deliveries`),
    refetchInterval: 5_000,
  });
