import { Button, Code, Group, Modal, Stack, Table, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sitePath, sitesQuery } from "@/api/queries";
import type { Site } from "@/api/types";
import { CopyButton } from "@/ui/copy-button";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { protocolName } from "@/ui/protocols";
import { Section } from "@/ui/section";
import { WithSite } from "@/ui/with-site";
import { useHere } from "@/ui/workspace";
import { SiteForm, type SiteValues } from "./site-form";
import { SnippetCode } from "./snippet-code";
import { TagKeys } from "./tag-keys";

const route = getRouteApi("/w/$workspace/settings/sites/$site");

export function SiteSettings() {
  const { site: id } = route.useParams();
  return <WithSite id={id}>{(site) => <OneSite key={site.id} site={site} />}</WithSite>;
}

function OneSite({ site }: { site: Site }) {
  const { t } = useTranslation();
  const { canAdmin } = useHere();
  return (
    <Stack gap="xl">
      <Section title={site.domain}>
        <Details site={site} />
      </Section>
      <Section title={t("site.install")} lead={t("site.snippetLead")}>
        <Panel>
          <SnippetCode snippet={site.snippet} label={t("site.copySnippet")} />
        </Panel>
      </Section>
      <TagKeys site={site} />
      <Keys title={t("site.otherWays")} lead={t("site.otherWaysText")} keys={site.keys} />
      <Keys title={t("site.secrets")} lead={t("site.secretsText")} keys={site.secrets} />
      {canAdmin && <Delete site={site} />}
    </Stack>
  );
}

/** What clients send to name the site. Nothing when there are none. */
function Keys({ title, lead, keys }: { title: string; lead: string; keys: Record<string, string> }) {
  const { t } = useTranslation();
  const entries = Object.entries(keys);
  if (entries.length === 0) return null;
  return (
    <Section title={title} lead={lead}>
      <Panel padded={false}>
        <Table.ScrollContainer minWidth={420}>
          <Table verticalSpacing="xs" horizontalSpacing="lg">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t("site.protocol")}</Table.Th>
                <Table.Th scope="col">{t("site.key")}</Table.Th>
                <Table.Th scope="col">
                  <span className="visually-hidden">{t("common.copy")}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map(([protocol, key]) => (
                <Table.Tr key={protocol}>
                  <Table.Td>{protocolName(protocol)}</Table.Td>
                  <Table.Td>
                    <Code dir="ltr">{key}</Code>
                  </Table.Td>
                  <Table.Td ta="end">
                    <CopyButton value={key} variant="subtle" />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Panel>
    </Section>
  );
}

function Details({ site }: { site: Site }) {
  const { t } = useTranslation();
  const { workspace, canAdmin } = useHere();
  const client = useQueryClient();
  const save = async ({ name, time_zone, currency, business_type, retention_days }: SiteValues) => {
    const body = { name, time_zone, currency, business_type, retention_days };
    await call("PATCH", sitePath(workspace.id, site.id), body);
    await client.invalidateQueries({ queryKey: sitesQuery(workspace.id).queryKey });
    notifications.show({ message: t("common.saved") });
  };
  return <SiteForm site={site} disabled={!canAdmin} send={save} />;
}

function Delete({ site }: { site: Site }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure();
  const [typed, setTyped] = useState("");
  const remove = useMutation({
    mutationFn: () => call("DELETE", sitePath(workspace.id, site.id)),
    onSuccess: async () => {
      await navigate({ to: "/w/$workspace/settings/sites", params: { workspace: workspace.id } });
      await client.invalidateQueries({ queryKey: [workspace.id] });
    },
  });
  return (
    <>
      <Group>
        <Button color="red" variant="light" onClick={open}>
          {t("site.delete")}
        </Button>
      </Group>
      <Modal
        opened={opened}
        onClose={close}
        title={t("site.delete")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <Stack>
          <p>{t("site.deleteText", { domain: site.domain })}</p>
          <TextInput
            label={t("site.deleteType", { domain: site.domain })}
            dir="ltr"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <ProblemAlert problem={remove.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("common.cancel")}
            </Button>
            <Button
              color="red"
              disabled={typed !== site.domain}
              loading={remove.isPending}
              onClick={() => remove.mutate()}
            >
              {t("common.delete")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
