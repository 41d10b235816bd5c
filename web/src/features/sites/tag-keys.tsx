import { Badge, Button, Code, Group, Modal, Select, Stack, Switch, Table, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { siteKeysQuery, sitePath } from "@/api/queries";
import type { Site, SiteKey } from "@/api/types";
import { ConfirmButton } from "@/ui/confirm";
import { useDraft } from "@/ui/draft";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { ListTable } from "@/ui/list-table";
import { Empty, ProblemAlert } from "@/ui/page";
import { PROTOCOLS, protocolName } from "@/ui/protocols";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

/** The keys that the site's existing tags carry: with them, a tag's host is all that has to change. */
export function TagKeys({ site }: { site: Site }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canAdmin } = useHere();
  const client = useQueryClient();
  const query = siteKeysQuery(workspace.id, site.id);
  const keys = useQuery({ ...query, select: (all) => all.filter((key) => key.added_at) });
  const [adding, { open, close }] = useDisclosure();
  const path = `${sitePath(workspace.id, site.id)}/keys`;
  const reload = () => client.invalidateQueries({ queryKey: query.queryKey });
  const add = canAdmin && (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      {t("tagKey.add")}
    </Button>
  );
  return (
    <Section title={t("tagKey.title")} lead={t("tagKey.lead")} action={keys.data?.length ? add : undefined}>
      <ListTable
        query={keys}
        head={[t("site.protocol"), t("site.key"), t("tagKey.added"), ""]}
        empty={<Empty title={t("tagKey.empty")} text={t("tagKey.emptyText")} action={add} />}
        row={(key: SiteKey) => (
          <Table.Tr key={`${key.protocol} ${key.key}`}>
            <Table.Td>{protocolName(key.protocol)}</Table.Td>
            <Table.Td>
              <Group gap="xs">
                <Code dir="ltr">{key.key}</Code>
                {key.secret && (
                  <Badge variant="light" color="gray">
                    {t("tagKey.hasSecret")}
                  </Badge>
                )}
              </Group>
            </Table.Td>
            <Table.Td>{key.added_at ? f.date(key.added_at, "short") : ""}</Table.Td>
            <Table.Td ta="end">
              {canAdmin && (
                <ConfirmButton
                  label={t("common.delete")}
                  title={t("tagKey.remove", { key: key.key })}
                  text={t("tagKey.removeText")}
                  confirm={t("common.delete")}
                  action={async () => {
                    await call("DELETE", `${path}/${key.protocol}/${encodeURIComponent(key.key)}`);
                    await reload();
                  }}
                />
              )}
            </Table.Td>
          </Table.Tr>
        )}
      />
      {adding && <NewKey path={path} onClose={close} onDone={reload} />}
    </Section>
  );
}

function NewKey({
  path,
  onClose,
  onDone,
}: {
  path: string;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const draft = useDraft(
    { protocol: null as string | null, key: "", secret: "", history: true },
    (values) => ({
      protocol: values.protocol ? undefined : t("setup.required"),
      key: values.key.trim() ? undefined : t("setup.required"),
    }),
  );
  const create = useMutation({
    mutationFn: ({ secret, ...values }: typeof draft.values) =>
      call<SiteKey>("POST", path, { ...values, secret: secret.trim() || null }),
    onSuccess: async () => {
      await onDone();
      onClose();
    },
    onError: draft.refuse,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("tagKey.add")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => create.mutate(values))}>
        <Stack>
          <Select
            label={t("site.protocol")}
            data={Object.entries(PROTOCOLS).map(([value, label]) => ({ value, label }))}
            searchable
            value={draft.values.protocol}
            error={draft.errors.protocol}
            onChange={(protocol) => draft.set("protocol", protocol)}
            data-autofocus
          />
          <TextInput
            label={t("site.key")}
            description={t("tagKey.keyHint")}
            dir="ltr"
            value={draft.values.key}
            error={draft.errors.key}
            onChange={(event) => draft.set("key", event.currentTarget.value)}
          />
          <TextInput
            label={t("tagKey.secret")}
            description={t("tagKey.secretHint")}
            dir="ltr"
            value={draft.values.secret}
            error={draft.errors.secret}
            onChange={(event) => draft.set("secret", event.currentTarget.value)}
          />
          <Switch
            label={t("tagKey.history")}
            description={t("tagKey.historyHint")}
            checked={draft.values.history}
            onChange={(event) => draft.set("history", event.currentTarget.checked)}
          />
          <ProblemAlert problem={draft.rest(create.error)} />
          <Button type="submit" loading={create.isPending}>
            {t("tagKey.add")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
