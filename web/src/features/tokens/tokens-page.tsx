import { Alert, Button, Checkbox, Code, Group, Modal, Stack, Table, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { tokensQuery, workspacePath } from "@/api/queries";
import type { Scope, Token } from "@/api/types";
import { ConfirmButton } from "@/ui/confirm";
import { CopyButton } from "@/ui/copy-button";
import { useDraft } from "@/ui/draft";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { ListTable } from "@/ui/list-table";
import { Empty, ProblemAlert } from "@/ui/page";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

const SCOPES: Scope[] = ["events:write", "stats:read", "admin"];

export function TokensPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canAdmin } = useHere();
  const client = useQueryClient();
  const tokens = useQuery(tokensQuery(workspace.id));
  const [adding, { open, close }] = useDisclosure();
  const path = `${workspacePath(workspace.id)}/tokens`;
  const reload = () => client.invalidateQueries({ queryKey: tokensQuery(workspace.id).queryKey });
  const add = canAdmin && (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      {t("token.new")}
    </Button>
  );
  return (
    <Section
      title={t("settings.tokens")}
      lead={t("token.lead")}
      action={tokens.data?.length ? add : undefined}
    >
      <ListTable
        query={tokens}
        head={[t("common.name"), t("token.scopes"), t("token.created"), t("token.lastUsed"), ""]}
        empty={<Empty title={t("token.empty")} text={t("token.emptyText")} action={add} />}
        row={(token: Token) => (
          <Table.Tr key={token.id}>
            <Table.Td>
              <b>{token.name}</b>
              <br />
              <Code>{token.prefix}…</Code>
            </Table.Td>
            <Table.Td>{f.list(token.scopes.map((scope) => t(`token.${scope}`)))}</Table.Td>
            <Table.Td>{f.date(token.created_at, "short")}</Table.Td>
            <Table.Td>
              {token.last_used_at ? f.ago(token.last_used_at, new Date()) : t("common.never")}
            </Table.Td>
            <Table.Td ta="end">
              {canAdmin && (
                <ConfirmButton
                  label={t("common.delete")}
                  title={t("token.revoke", { name: token.name })}
                  text={t("token.revokeText")}
                  confirm={t("common.delete")}
                  action={async () => {
                    await call("DELETE", `${path}/${token.id}`);
                    await reload();
                  }}
                />
              )}
            </Table.Td>
          </Table.Tr>
        )}
      />
      {adding && <NewToken path={path} onClose={close} onDone={reload} />}
    </Section>
  );
}

function NewToken({ path, onClose, onDone }: { path: string; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const draft = useDraft({ name: "", scopes: ["stats:read"] as Scope[] }, (values) => ({
    name: values.name.trim() ? undefined : t("setup.required"),
    scopes: values.scopes.length > 0 ? undefined : t("token.needScope"),
  }));
  const create = useMutation({
    mutationFn: (values: typeof draft.values) => call<Token>("POST", path, values),
    onSuccess: onDone,
    onError: draft.refuse,
  });
  const token = create.data?.token;
  return (
    <Modal
      opened
      onClose={onClose}
      title={token ? t("token.once") : t("token.new")}
      closeOnClickOutside={!token}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      {token ? (
        <Stack>
          <Alert color="orange">{t("token.onceText")}</Alert>
          <Code block dir="ltr" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
            {token}
          </Code>
          <Group justify="space-between">
            <CopyButton value={token} size="sm" variant="filled" />
            <Button variant="default" onClick={onClose}>
              {t("common.close")}
            </Button>
          </Group>
        </Stack>
      ) : (
        <form ref={draft.form} noValidate onSubmit={draft.submit((values) => create.mutate(values))}>
          <Stack>
            <TextInput
              label={t("common.name")}
              value={draft.values.name}
              error={draft.errors.name}
              onChange={(event) => draft.set("name", event.currentTarget.value)}
              data-autofocus
            />
            <Checkbox.Group
              label={t("token.scopes")}
              value={draft.values.scopes}
              error={draft.errors.scopes}
              onChange={(scopes) => draft.set("scopes", scopes as Scope[])}
            >
              <Stack gap="xs" mt="xs">
                {SCOPES.map((scope) => (
                  <Checkbox key={scope} value={scope} label={t(`token.${scope}`)} />
                ))}
              </Stack>
            </Checkbox.Group>
            <ProblemAlert problem={draft.rest(create.error)} />
            <Button type="submit" loading={create.isPending}>
              {t("token.create")}
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
