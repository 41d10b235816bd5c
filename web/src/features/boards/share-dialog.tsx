import {
  Alert,
  Button,
  Code,
  Group,
  Modal,
  PasswordInput,
  Select,
  Skeleton,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Board, boardsPath, type Share, sharesQuery } from "@/api/boards";
import { call } from "@/api/client";
import { ConfirmButton } from "@/ui/confirm";
import { CopyButton } from "@/ui/copy-button";
import { useDraft } from "@/ui/draft";
import { useFormat } from "@/ui/format";
import { IconPlus } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import classes from "./boards.module.css";

const EXPIRIES = ["7", "30", "90", "365", "never"] as const;
const DAY = 86_400_000;

/** A board's links: making them and revoking them. */
export function ShareDialog({ board, onClose }: { board: Board; onClose: () => void }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const options = sharesQuery(workspace.id, board.id);
  const shares = useQuery(options);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Share | null>(null);
  const path = `${boardsPath(workspace.id)}/${board.id}/shares`;
  const reload = () => client.invalidateQueries({ queryKey: options.queryKey });
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      closeOnClickOutside={!made}
      title={t("boards.link.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t("boards.link.lead")}
        </Text>
        {made && <Made share={made} />}
        {making ? (
          <NewLink
            path={path}
            onCancel={() => setMaking(false)}
            onMade={(share) => {
              setMade(share);
              setMaking(false);
              reload();
            }}
          />
        ) : (
          <Group>
            <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
              {t("boards.link.new")}
            </Button>
          </Group>
        )}
        <ProblemAlert problem={shares.error} retry={() => shares.refetch()} />
        {shares.isPending && <Skeleton height={60} />}
        {shares.data?.length === 0 && <Text size="sm">{t("boards.link.none")}</Text>}
        <ul className={classes.shares}>
          {shares.data?.map((share) => (
            <li key={share.id}>
              <Facts share={share} />
              <ConfirmButton
                label={t("boards.link.revoke")}
                title={t("boards.link.revokeTitle", { name: share.name })}
                text={t("boards.link.revokeText")}
                confirm={t("boards.link.revoke")}
                action={async () => {
                  await call("DELETE", `${path}/${share.id}`);
                  await reload();
                  if (made?.id === share.id) setMade(null);
                }}
              />
            </li>
          ))}
        </ul>
      </Stack>
    </Modal>
  );
}

function Facts({ share }: { share: Share }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = new Date();
  const facts = [
    share.expired
      ? t("boards.link.expired")
      : share.expires_at
        ? t("boards.link.until", { date: f.date(new Date(share.expires_at), "short") })
        : t("boards.link.never"),
    share.has_password && t("boards.link.withPassword"),
    share.origins.length > 0 && t("boards.link.embeds", { origins: f.list(share.origins) }),
    share.last_used_at
      ? t("boards.link.used", { ago: f.ago(share.last_used_at, now) })
      : t("boards.link.unused"),
  ].filter(Boolean);
  return (
    <div>
      <b dir="auto">{share.name}</b>
      <Text size="sm" c="dimmed">
        {facts.join(" · ")}
      </Text>
    </div>
  );
}

/** A link that was just made, shown once. */
function Made({ share }: { share: Share }) {
  const { t } = useTranslation();
  const url = share.url ?? "";
  const embed = `<iframe src="${url}" width="100%" height="640" style="border:0" loading="lazy" referrerpolicy="no-referrer"></iframe>`;
  return (
    <Alert color="green" title={share.name}>
      <Stack gap="xs">
        <Text size="sm">{t("boards.link.once")}</Text>
        <Code block dir="ltr" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
          {url}
        </Code>
        <Group>
          <CopyButton value={url} label={t("boards.link.copy")} />
        </Group>
        {share.origins.length > 0 && (
          <>
            <Text size="sm">{t("boards.link.embed")}</Text>
            <Code block dir="ltr" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
              {embed}
            </Code>
            <Group>
              <CopyButton value={embed} />
            </Group>
          </>
        )}
      </Stack>
    </Alert>
  );
}

function NewLink(props: { path: string; onMade: (share: Share) => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const draft = useDraft(
    { name: "", expires_at: "30" as (typeof EXPIRIES)[number], password: "", origins: [] as string[] },
    ({ name }) => ({ name: name.trim() ? undefined : t("setup.required") }),
  );
  const make = useMutation({
    mutationFn: ({ name, expires_at, password, origins }: typeof draft.values) =>
      call<Share>("POST", props.path, {
        name,
        expires_at:
          expires_at === "never" ? null : new Date(Date.now() + Number(expires_at) * DAY).toISOString(),
        password: password || null,
        origins,
      }),
    onSuccess: props.onMade,
    onError: draft.refuse,
  });
  return (
    <form ref={draft.form} noValidate onSubmit={draft.submit((values) => make.mutate(values))}>
      <Stack>
        <TextInput
          label={t("boards.link.name")}
          description={t("boards.link.nameHint")}
          maxLength={200}
          value={draft.values.name}
          error={draft.errors.name}
          onChange={(event) => draft.set("name", event.currentTarget.value)}
          data-autofocus
        />
        <Select
          label={t("boards.link.expires")}
          allowDeselect={false}
          data={EXPIRIES.map((value) => ({
            value,
            label: value === "never" ? t("boards.link.never") : t(`boards.link.expires${value}`),
          }))}
          value={draft.values.expires_at}
          error={draft.errors.expires_at}
          onChange={(value) => draft.set("expires_at", (value ?? "30") as (typeof EXPIRIES)[number])}
        />
        <PasswordInput
          label={t("boards.link.password")}
          description={t("boards.link.passwordHint")}
          autoComplete="new-password"
          value={draft.values.password}
          error={draft.errors.password}
          onChange={(event) => draft.set("password", event.currentTarget.value)}
        />
        <TagsInput
          label={t("boards.link.origins")}
          description={t("boards.link.originsHint")}
          dir="ltr"
          maxTags={10}
          acceptValueOnBlur
          value={draft.values.origins}
          error={draft.errors.origins}
          onChange={(value) => draft.set("origins", value)}
        />
        <ProblemAlert problem={draft.rest(make.error)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onCancel}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" loading={make.isPending}>
            {t("boards.link.create")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
