import {
  Button,
  Code,
  Group,
  Modal,
  NumberInput,
  Select,
  SimpleGrid,
  Skeleton,
  Stack,
  Table,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sitePath, sitesQuery } from "@/api/queries";
import type { Site } from "@/api/types";
import { CopyButton } from "@/ui/copy-button";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import { BUSINESS_TYPES, currencies, timeZones } from "./choices";
import { SnippetCode } from "./snippet-code";
import { TagKeys } from "./tag-keys";

const route = getRouteApi("/w/$workspace/settings/sites/$site");

export function SiteSettings() {
  const { workspace } = useHere();
  const { site: id } = route.useParams();
  const sites = useQuery(sitesQuery(workspace.id));
  const site = sites.data?.find((candidate) => candidate.id === id);
  if (sites.error) return <ProblemAlert problem={sites.error} />;
  if (!site) return <Skeleton height={320} />;
  return <OneSite key={site.id} site={site} />;
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
                  <Table.Td>{protocol}</Table.Td>
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
  const { t, i18n } = useTranslation();
  const { workspace, canAdmin } = useHere();
  const client = useQueryClient();
  const money = useMemo(() => currencies(i18n.language), [i18n.language]);
  const draft = useDraft({
    name: site.name,
    time_zone: site.time_zone,
    currency: site.currency,
    business_type: site.business_type,
    retention_days: site.retention_days,
  });
  const save = useMutation({
    mutationFn: (values: typeof draft.values) => call("PATCH", sitePath(workspace.id, site.id), values),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: sitesQuery(workspace.id).queryKey });
      notifications.show({ message: t("common.saved") });
    },
    onError: draft.refuse,
  });
  return (
    <Panel>
      <form ref={draft.form} onSubmit={draft.submit((values) => save.mutate(values))}>
        <fieldset disabled={!canAdmin} style={{ border: 0, margin: 0, padding: 0 }}>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput
              label={t("site.displayName")}
              value={draft.values.name}
              error={draft.errors.name}
              onChange={(event) => draft.set("name", event.currentTarget.value)}
            />
            <Select
              label={t("site.businessType")}
              data={BUSINESS_TYPES.map((value) => ({ value, label: t(`site.business.${value}`) }))}
              value={draft.values.business_type}
              error={draft.errors.business_type}
              allowDeselect={false}
              onChange={(value) => draft.set("business_type", value ?? "other")}
            />
            <Select
              label={t("site.timeZone")}
              description={t("site.timeZoneHint")}
              searchable
              limit={60}
              data={timeZones()}
              value={draft.values.time_zone}
              error={draft.errors.time_zone}
              allowDeselect={false}
              onChange={(value) => draft.set("time_zone", value ?? "UTC")}
            />
            <Select
              label={t("site.currency")}
              description={t("conversion.currency")}
              searchable
              limit={60}
              data={money}
              value={draft.values.currency}
              error={draft.errors.currency}
              allowDeselect={false}
              onChange={(value) => draft.set("currency", value ?? "EUR")}
            />
            <NumberInput
              label={t("site.retention")}
              description={t("site.retentionHint")}
              suffix={t("site.retentionDays")}
              min={1}
              max={36500}
              allowDecimal={false}
              hideControls
              value={draft.values.retention_days ?? ""}
              error={draft.errors.retention_days}
              onChange={(value) => draft.set("retention_days", typeof value === "number" ? value : null)}
            />
          </SimpleGrid>
        </fieldset>
        <ProblemAlert problem={draft.rest(save.error)} />
        {canAdmin && (
          <Button type="submit" mt="lg" loading={save.isPending}>
            {t("common.save")}
          </Button>
        )}
      </form>
    </Panel>
  );
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
