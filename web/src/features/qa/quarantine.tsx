import { Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sitePath } from "@/api/queries";
import {
  type Quarantined,
  quarantineQuery,
  type Replay,
  type UnknownKey,
  unknownKeysQuery,
} from "@/api/trust";
import { ConfirmButton } from "@/ui/confirm";
import { useFormat } from "@/ui/format";
import { ListTable } from "@/ui/list-table";
import { Empty, ProblemAlert } from "@/ui/page";
import { senderName } from "@/ui/protocols";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import { Refusals } from "./refusals";

/** Messages that were refused, to be mended and taken again. */
export function Quarantine({ site }: { site: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canAdmin } = useHere();
  const client = useQueryClient();
  const options = quarantineQuery(workspace.id, site);
  const kept = useQuery({ ...options, refetchInterval: 10_000 });
  const path = `${sitePath(workspace.id, site)}/qa/quarantine`;
  const reload = () => client.invalidateQueries({ queryKey: options.queryKey });
  const replay = useMutation({
    mutationFn: (ids?: string[]) => call<Replay>("POST", `${path}/replay`, { ids }),
    onSuccess: async ({ taken, events, refused }) => {
      notifications.show({
        message: t("trust.qa.replayed", {
          taken: f.number(taken),
          events: f.number(events),
          refused: f.number(refused),
        }),
      });
      await reload();
    },
  });
  const drop = async (id: string) => {
    await call("DELETE", `${path}/${id}`);
    await reload();
  };
  return (
    <Section
      title={t("trust.qa.quarantine")}
      lead={t("trust.qa.quarantineLead")}
      action={
        canAdmin && kept.data && kept.data.length > 0 ? (
          <Group gap="xs">
            <Button variant="default" loading={replay.isPending} onClick={() => replay.mutate(undefined)}>
              {t("trust.qa.replayAll")}
            </Button>
            <ConfirmButton
              label={t("trust.qa.empty")}
              title={t("trust.qa.quarantine")}
              text={t("trust.qa.emptyText")}
              confirm={t("trust.qa.empty")}
              action={async () => {
                await call("DELETE", path);
                await reload();
              }}
            />
          </Group>
        ) : undefined
      }
    >
      <Stack>
        <ProblemAlert problem={replay.error} />
        <ListTable
          query={kept}
          head={[t("trust.qa.when"), t("trust.qa.event"), t("trust.qa.result"), ""]}
          empty={<Empty title={t("trust.qa.quarantineEmpty")} text={t("trust.qa.quarantineEmptyText")} />}
          row={(message: Quarantined) => (
            <OneMessage
              key={message.id}
              message={message}
              canAdmin={canAdmin}
              replay={() => replay.mutate([message.id])}
              drop={() => drop(message.id)}
            />
          )}
        />
      </Stack>
    </Section>
  );
}

function OneMessage(props: {
  message: Quarantined;
  canAdmin: boolean;
  replay: () => void;
  drop: () => Promise<unknown>;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const { message } = props;
  const [open, setOpen] = useState(false);
  return (
    <Fragment>
      <Table.Tr>
        <Table.Td style={{ whiteSpace: "nowrap" }}>{f.instant(message.at)}</Table.Td>
        <Table.Td>
          <Text size="sm" fw={560}>
            <bdi>{message.name ?? "–"}</bdi>
          </Text>
          <Text size="xs" c="dimmed">
            {senderName(message.protocol)}
          </Text>
        </Table.Td>
        <Table.Td maw={420} style={{ overflowWrap: "anywhere" }}>
          <Refusals of={message.refusals.slice(0, 3)} />
        </Table.Td>
        <Table.Td ta="end" style={{ whiteSpace: "nowrap" }}>
          <Button variant="subtle" size="compact-sm" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t("trust.qa.show")}
          </Button>
          {props.canAdmin && (
            <>
              <Button variant="subtle" size="compact-sm" onClick={props.replay}>
                {t("trust.qa.replay")}
              </Button>
              <ConfirmButton
                label={t("trust.qa.drop")}
                title={message.name ?? message.protocol}
                text={t("trust.qa.dropText")}
                confirm={t("trust.qa.drop")}
                action={props.drop}
              />
            </>
          )}
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={4}>
            <Code block dir="ltr" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
              {message.raw}
            </Code>
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  );
}

/** Keys that senders use and no site has: shown only when there are some. */
export function UnknownKeys() {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const keys = useQuery(unknownKeysQuery(workspace.id));
  if (!keys.data || keys.data.length === 0) return null;
  return (
    <Section title={t("trust.qa.unknown")} lead={t("trust.qa.unknownLead")}>
      <ListTable
        query={keys}
        head={[t("trust.qa.protocol"), t("trust.qa.key"), t("trust.qa.messages"), t("trust.qa.last")]}
        empty={null}
        row={(key: UnknownKey) => (
          <Table.Tr key={`${key.protocol} ${key.key}`}>
            <Table.Td>{senderName(key.protocol)}</Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Code dir="ltr">{key.key}</Code>
            </Table.Td>
            <Table.Td>{f.number(key.messages)}</Table.Td>
            <Table.Td>{f.instant(key.last_at)}</Table.Td>
          </Table.Tr>
        )}
      />
    </Section>
  );
}
