import {
  Badge,
  Button,
  Code,
  Group,
  Modal,
  SegmentedControl,
  Skeleton,
  Stack,
  Table,
  Text,
} from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sitePath } from "@/api/queries";
import { type Filtered, filteredQuery, type Reason } from "@/api/trust";
import type { Site } from "@/api/types";
import { ConfirmButton } from "@/ui/confirm";
import { addDays, todayIn, useFormat } from "@/ui/format";
import { Empty, Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { SiteTabs } from "@/ui/site-tabs";
import { WithSite } from "@/ui/with-site";
import { useHere } from "@/ui/workspace";
import { FilteredChart } from "./filtered-chart";

const route = getRouteApi("/w/$workspace/sites/$site/filtered");

const SPANS = [7, 28, 90] as const;

/** What no person did on a site: how much, why, and by whom. */
export function FilteredPage() {
  const { t } = useTranslation();
  const { site: id } = route.useParams();
  return (
    <WithSite id={id}>
      {(site) => (
        <Page title={t("trust.filtered.title")} lead={t("trust.filtered.lead")}>
          <SiteTabs site={id} />
          <Ledger key={site.id} site={site} />
        </Page>
      )}
    </WithSite>
  );
}

function Ledger({ site }: { site: Site }) {
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const { workspace } = useHere();
  const [span, setSpan] = useState("28");
  const today = todayIn(site.time_zone);
  const range = { from: addDays(today, 1 - Number(span)), to: today };
  const filtered = useQuery(filteredQuery(workspace.id, site.id, range));
  const some = (filtered.data?.reasons.length ?? 0) > 0;
  return (
    <Stack gap="xl">
      <Panel>
        <Group justify="space-between" mb="md">
          <Text fw={560} className="tabular">
            {filtered.data &&
              t("trust.filtered.summary", {
                held: f.number(filtered.data.held_events),
                all: f.number(filtered.data.all_events),
                share: f.percent(filtered.data.held_percent),
              })}
          </Text>
          <SegmentedControl
            aria-label={t("trust.filtered.span")}
            data={SPANS.map((days) => ({
              value: String(days),
              label: t("trust.filtered.days", { n: f.number(days) }),
            }))}
            value={span}
            onChange={setSpan}
          />
        </Group>
        <ProblemAlert problem={filtered.error} retry={() => filtered.refetch()} />
        {filtered.data ? (
          some ? (
            <FilteredChart data={filtered.data} />
          ) : (
            <Empty title={t("trust.filtered.none")} text={t("trust.filtered.noneText")} />
          )
        ) : (
          !filtered.error && <Skeleton height={280} />
        )}
      </Panel>
      {filtered.data && (
        <>
          {some && <Reasons site={site} data={filtered.data} />}
          <Lifts site={site} data={filtered.data} />
          <Agents data={filtered.data} />
        </>
      )}
    </Stack>
  );
}

function Reasons({ site, data }: { site: Site; data: Filtered }) {
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const { canAdmin } = useHere();
  const [lifting, setLifting] = useState<Reason | null>(null);
  return (
    <Panel padded={false}>
      <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing="sm" horizontalSpacing="lg" className="tabular">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("trust.filtered.reason")}</Table.Th>
              <Table.Th scope="col" ta="end">
                {t("trust.filtered.events")}
              </Table.Th>
              <Table.Th scope="col" ta="end">
                {t("trust.filtered.visitors")}
              </Table.Th>
              <Table.Th scope="col">
                <span className="visually-hidden">{t("trust.filtered.lift")}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.reasons.map(({ reason, events, visitors, lifted_events }) => (
              <Table.Tr key={reason}>
                <Table.Td>
                  <Text fw={560} size="sm">
                    {t(`trust.reason.${reason as Reason}`)}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {t(`trust.reasonMeaning.${reason as Reason}`)}
                  </Text>
                  {lifted_events > 0 && (
                    <Text size="sm" className="tabular">
                      {t("trust.filtered.liftedEvents", { n: f.number(lifted_events) })}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td ta="end">{f.number(events)}</Table.Td>
                <Table.Td ta="end">{f.number(visitors)}</Table.Td>
                <Table.Td ta="end">
                  {canAdmin && (
                    <Button
                      variant="subtle"
                      size="compact-sm"
                      aria-label={`${t("trust.filtered.lift")}: ${t(`trust.reason.${reason as Reason}`)}`}
                      onClick={() => setLifting(reason as Reason)}
                    >
                      {t("trust.filtered.lift")}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {lifting && <Lift site={site} reason={lifting} data={data} onClose={() => setLifting(null)} />}
    </Panel>
  );
}

/** Chooses the days on which a reason does not hold. */
function Lift(props: { site: Site; reason: Reason; data: Filtered; onClose: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const client = useQueryClient();
  const [days, setDays] = useState<[string | null, string | null]>([props.data.from, props.data.to]);
  const lift = useMutation({
    mutationFn: () =>
      call("POST", `${sitePath(workspace.id, props.site.id)}/lifts`, {
        reason: props.reason,
        from: days[0],
        to: days[1] ?? days[0],
      }),
    onSuccess: async () => {
      await client.invalidateQueries();
      props.onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("trust.filtered.liftTitle", { reason: t(`trust.reason.${props.reason}`) })}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <Text size="sm">{t("trust.filtered.liftText")}</Text>
        <DatePickerInput
          type="range"
          label={t("trust.filtered.liftDays")}
          value={days}
          valueFormatter={({ date }) =>
            [date]
              .flat()
              .flatMap((day) => (day ? [f.date(day as string, "short")] : []))
              .join(" – ")
          }
          onChange={setDays}
          data-autofocus
        />
        <ProblemAlert problem={lift.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {t("common.cancel")}
          </Button>
          <Button disabled={!days[0]} loading={lift.isPending} onClick={() => lift.mutate()}>
            {t("trust.filtered.lift")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Lifts({ site, data }: { site: Site; data: Filtered }) {
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const { workspace, canAdmin } = useHere();
  const client = useQueryClient();
  if (data.lifts.length === 0) return null;
  return (
    <Section title={t("trust.filtered.lifts")} lead={t("trust.filtered.liftsLead")}>
      <Panel>
        <Stack gap="xs">
          {data.lifts.map((lift) => (
            <Group key={lift.id} justify="space-between">
              <Text size="sm">
                <Badge variant="light" me={8}>
                  {t(`trust.reason.${lift.reason as Reason}`)}
                </Badge>
                {lift.from === lift.to
                  ? f.date(lift.from, "short")
                  : t("trust.filtered.period", {
                      from: f.date(lift.from, "short"),
                      to: f.date(lift.to, "short"),
                    })}{" "}
                <Text span c="dimmed" size="sm">
                  <bdi>{t("trust.filtered.by", { who: lift.author })}</bdi>
                </Text>
              </Text>
              {canAdmin && (
                <ConfirmButton
                  label={t("trust.filtered.restore")}
                  title={t(`trust.reason.${lift.reason as Reason}`)}
                  text={t("trust.filtered.restoreText")}
                  confirm={t("trust.filtered.restore")}
                  action={async () => {
                    await call("DELETE", `${sitePath(workspace.id, site.id)}/lifts/${lift.id}`);
                    await client.invalidateQueries();
                  }}
                />
              )}
            </Group>
          ))}
        </Stack>
      </Panel>
    </Section>
  );
}

function Agents({ data }: { data: Filtered }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (data.agents.length === 0) return null;
  return (
    <Section title={t("trust.filtered.agents")} lead={t("trust.filtered.agentsLead")}>
      <Panel padded={false}>
        <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table verticalSpacing="xs" horizontalSpacing="lg" className="tabular">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t("trust.filtered.agent")}</Table.Th>
                <Table.Th scope="col">{t("trust.filtered.reason")}</Table.Th>
                <Table.Th scope="col" ta="end">
                  {t("trust.filtered.events")}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.agents.map(({ user_agent, reason, events }) => (
                <Table.Tr key={`${reason} ${user_agent}`}>
                  <Table.Td maw={520} style={{ overflowWrap: "anywhere" }}>
                    <Code dir="ltr">{user_agent || "–"}</Code>
                  </Table.Td>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>
                    {t(`trust.reason.${reason as Reason}`)}
                  </Table.Td>
                  <Table.Td ta="end">{f.number(events)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Panel>
    </Section>
  );
}
