import { Button, Modal, PasswordInput, Radio, Select, Stack, Table, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { membersQuery, workspacePath } from "@/api/queries";
import type { Member, Role } from "@/api/types";
import { ConfirmButton } from "@/ui/confirm";
import { useDraft } from "@/ui/draft";
import { IconPlus } from "@/ui/icons";
import { ListTable } from "@/ui/list-table";
import { ProblemAlert } from "@/ui/page";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";

const ROLES: Role[] = ["owner", "admin", "editor", "viewer"];

export function MembersPage() {
  const { t } = useTranslation();
  const { workspace, session, canAdmin } = useHere();
  const client = useQueryClient();
  const members = useQuery(membersQuery(workspace.id));
  const [adding, { open, close }] = useDisclosure();
  const path = `${workspacePath(workspace.id)}/members`;
  const reload = () => client.invalidateQueries({ queryKey: membersQuery(workspace.id).queryKey });
  const change = useMutation({
    mutationFn: ({ member, role }: { member: Member; role: Role }) =>
      call("PATCH", `${path}/${member.user_id}`, { role }),
    onSettled: reload,
  });
  return (
    <Section
      title={t("settings.members")}
      lead={t("member.lead")}
      action={
        canAdmin && (
          <Button leftSection={<IconPlus size={16} />} onClick={open}>
            {t("member.new")}
          </Button>
        )
      }
    >
      <ProblemAlert problem={change.error} />
      <ListTable
        query={members}
        head={[t("common.name"), t("common.email"), t("member.role"), ""]}
        empty={null}
        row={(member: Member) => {
          const self = member.user_id === session.user.id;
          return (
            <Table.Tr key={member.user_id}>
              <Table.Td fw={560}>
                {member.name} {self && `(${t("common.you")})`}
              </Table.Td>
              <Table.Td>
                <bdi>{member.email}</bdi>
              </Table.Td>
              <Table.Td>
                {canAdmin && !self ? (
                  <Select
                    size="xs"
                    w={140}
                    aria-label={`${t("member.role")}: ${member.name}`}
                    allowDeselect={false}
                    data={ROLES.map((role) => ({ value: role, label: t(`member.${role}`) }))}
                    value={member.role}
                    onChange={(role) => role && change.mutate({ member, role: role as Role })}
                  />
                ) : (
                  t(`member.${member.role}`)
                )}
              </Table.Td>
              <Table.Td ta="end">
                {canAdmin && !self && (
                  <ConfirmButton
                    label={t("common.remove")}
                    title={t("member.remove", { name: member.name || member.email })}
                    text={t("member.removeText")}
                    confirm={t("common.remove")}
                    action={async () => {
                      await call("DELETE", `${path}/${member.user_id}`);
                      await reload();
                    }}
                  />
                )}
              </Table.Td>
            </Table.Tr>
          );
        }}
      />
      {adding && (
        <NewMember
          path={path}
          onClose={close}
          onDone={() => {
            close();
            reload();
          }}
        />
      )}
    </Section>
  );
}

function NewMember({ path, onClose, onDone }: { path: string; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const draft = useDraft({ email: "", name: "", role: "editor" as Role, password: "" }, (values) => ({
    email: /^\S+@\S+$/.test(values.email.trim()) ? undefined : t("setup.emailInvalid"),
    name: values.name.trim() ? undefined : t("setup.required"),
    password: values.password.length >= 10 ? undefined : t("setup.passwordShort"),
  }));
  const create = useMutation({
    mutationFn: (values: typeof draft.values) =>
      call("POST", path, { ...values, email: values.email.trim() }),
    onSuccess: onDone,
    onError: draft.refuse,
  });
  const field = (name: "email" | "name" | "password") => ({
    value: draft.values[name],
    error: draft.errors[name],
    onChange: (event: { currentTarget: { value: string } }) => draft.set(name, event.currentTarget.value),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("member.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form ref={draft.form} noValidate onSubmit={draft.submit((values) => create.mutate(values))}>
        <Stack>
          <TextInput label={t("common.name")} autoComplete="off" data-autofocus {...field("name")} />
          <TextInput
            label={t("common.email")}
            type="email"
            autoComplete="off"
            dir="ltr"
            {...field("email")}
          />
          <Radio.Group
            label={t("member.role")}
            value={draft.values.role}
            error={draft.errors.role}
            onChange={(role) => draft.set("role", role as Role)}
          >
            <Stack gap="xs" mt="xs">
              {ROLES.map((role) => (
                <Radio
                  key={role}
                  value={role}
                  label={t(`member.${role}`)}
                  description={t(`member.${role}Hint`)}
                />
              ))}
            </Stack>
          </Radio.Group>
          <PasswordInput
            label={t("member.password")}
            description={t("member.passwordHint")}
            autoComplete="new-password"
            {...field("password")}
          />
          <ProblemAlert problem={draft.rest(create.error)} />
          <Button type="submit" loading={create.isPending}>
            {t("member.new")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
