import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  Radio,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, Problem } from "@/api/client";
import { sitePath } from "@/api/queries";
import { type Counting, type CountingPreview, countingQuery, type Rules } from "@/api/trust";
import { useFormat } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { fieldText } from "@/ui/problem";
import { useHere } from "@/ui/workspace";
import { Channels } from "./channels";
import { MappingRules } from "./mapping";
import { Preview } from "./preview";

type Lists =
  | "excluded_referrers"
  | "own_domains"
  | "hostnames"
  | "own_networks"
  | "data_centres"
  | "spam_referrers";

/** The rules as a form; what is saved is a new version. */
export function RulesForm(props: { site: string; counting: Counting; rules: Rules; onSaved: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canAdmin } = useHere();
  const client = useQueryClient();
  const [rules, setRules] = useState(props.rules);
  const [note, setNote] = useState("");
  const path = `${sitePath(workspace.id, props.site)}/counting`;
  const set = <K extends keyof Rules>(field: K, value: Rules[K]) =>
    setRules((before) => ({ ...before, [field]: value }));
  const save = useMutation({
    mutationFn: () => call<Counting>("POST", path, { after: props.counting.version, note, rules }),
    onSuccess: async (saved) => {
      client.setQueryData(countingQuery(workspace.id, props.site).queryKey, saved);
      notifications.show({ message: t("common.saved") });
      props.onSaved();
    },
  });
  const preview = useMutation({
    mutationFn: () => call<CountingPreview>("POST", `${path}/preview`, { rules }),
  });
  const problem = save.error ?? preview.error;
  const error = (field: string) => {
    const found = problem instanceof Problem ? problem.fields : [];
    const wrong = found.find((one) => one.field.replace(/^rules\./, "").startsWith(field));
    return wrong && fieldText(t, wrong);
  };
  const lines = (field: Lists, label: string, hint: string) => (
    <Textarea
      label={label}
      description={hint}
      dir="ltr"
      autosize
      minRows={2}
      maxRows={8}
      value={rules[field].join("\n")}
      error={error(field)}
      onChange={(event) => set(field, event.currentTarget.value.split("\n"))}
    />
  );
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed">
        {props.counting.valid_from
          ? t("trust.counting.version", {
              n: f.number(props.counting.version),
              when: f.instant(props.counting.valid_from),
            })
          : t("trust.counting.undecided")}
      </Text>
      <fieldset disabled={!canAdmin} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Stack gap="lg">
          <Part title={t("trust.counting.visits")}>
            <NumberInput
              label={t("trust.counting.idle")}
              min={1}
              max={240}
              allowDecimal={false}
              maw={460}
              value={rules.idle_minutes}
              error={error("idle_minutes")}
              onChange={(value) => set("idle_minutes", Number(value))}
            />
            <Checkbox
              label={t("trust.counting.split")}
              description={t("trust.counting.splitHint")}
              checked={rules.campaign_split}
              onChange={(event) => set("campaign_split", event.currentTarget.checked)}
            />
          </Part>
          <Part title={t("trust.counting.pages")}>
            <Radio.Group
              label={t("trust.counting.slash")}
              value={rules.trailing_slash}
              onChange={(value) => set("trailing_slash", value)}
            >
              <Stack gap="xs" mt="xs">
                <Radio value="keep" label={t("trust.counting.slashKeep")} />
                <Radio value="remove" label={t("trust.counting.slashRemove")} />
              </Stack>
            </Radio.Group>
            {lines("hostnames", t("trust.counting.hostnames"), t("trust.counting.hostnamesHint"))}
          </Part>
          <Part title={t("trust.counting.channels")} lead={t("trust.counting.channelsHint")}>
            <Channels
              value={rules.channels}
              names={props.counting.channels}
              error={(at) => error(`channels[${at}]`)}
              onChange={(channels) => set("channels", channels)}
            />
          </Part>
          <Part title={t("collect.mapping.title")} lead={t("collect.mapping.lead")}>
            <MappingRules
              value={rules.mapping ?? []}
              error={(at) => error(`mapping[${at}]`)}
              onChange={(mapping) => set("mapping", mapping)}
            />
          </Part>
          <Part title={t("trust.counting.sources")}>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              {lines("excluded_referrers", t("trust.counting.excluded"), t("trust.counting.excludedHint"))}
              {lines("own_domains", t("trust.counting.own"), t("trust.counting.ownHint"))}
            </SimpleGrid>
          </Part>
          <Part title={t("trust.counting.filters")}>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              {lines("own_networks", t("trust.counting.ownNetworks"), t("trust.counting.ownNetworksHint"))}
              {lines("data_centres", t("trust.counting.dataCentres"), t("trust.counting.dataCentresHint"))}
              {lines("spam_referrers", t("trust.counting.spam"), t("trust.counting.spamHint"))}
              <NumberInput
                label={t("trust.counting.rate")}
                description={t("trust.counting.rateHint")}
                min={10}
                allowDecimal={false}
                value={rules.most_events_per_minute ?? ""}
                error={error("most_events_per_minute")}
                onChange={(value) => set("most_events_per_minute", value === "" ? null : Number(value))}
              />
            </SimpleGrid>
            <Checkbox
              label={t("trust.counting.headers")}
              description={t("trust.counting.headersHint")}
              checked={rules.check_headers}
              onChange={(event) => set("check_headers", event.currentTarget.checked)}
            />
          </Part>
          <Part title={t("trust.counting.privacy")}>
            <Radio.Group
              label={t("trust.counting.recognition")}
              description={t("trust.counting.recognitionHint")}
              value={rules.recognition}
              onChange={(value) => set("recognition", value)}
            >
              <Stack gap="xs" mt="xs">
                <Radio value="as_sent" label={t("trust.counting.recognitionAsSent")} />
                <Radio value="with_consent" label={t("trust.counting.recognitionWithConsent")} />
                <Radio value="cookieless" label={t("trust.counting.recognitionCookieless")} />
              </Stack>
            </Radio.Group>
            <Checkbox
              label={t("trust.counting.signals")}
              checked={rules.honour_signals}
              onChange={(event) => set("honour_signals", event.currentTarget.checked)}
            />
          </Part>
        </Stack>
      </fieldset>
      {preview.data && <Preview data={preview.data} />}
      <ProblemAlert
        problem={problem}
        title={problem instanceof Problem && problem.code === "taken" ? t("trust.counting.stale") : undefined}
      />
      {canAdmin && (
        <Panel>
          <Group align="flex-end" justify="space-between">
            <TextInput
              style={{ flex: "1 1 260px" }}
              label={`${t("trust.counting.note")} (${t("common.optional")})`}
              description={t("trust.counting.noteHint")}
              maxLength={500}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <Group>
              <Button variant="default" loading={preview.isPending} onClick={() => preview.mutate()}>
                {t("trust.counting.preview")}
              </Button>
              <Button loading={save.isPending} onClick={() => save.mutate()}>
                {t("trust.counting.save", { n: f.number(props.counting.version + 1) })}
              </Button>
            </Group>
          </Group>
        </Panel>
      )}
    </Stack>
  );
}

function Part({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <Panel>
      <Stack gap="md">
        <div>
          <Title order={2} size="h4">
            {title}
          </Title>
          {lead && (
            <Text size="sm" c="dimmed">
              {lead}
            </Text>
          )}
        </div>
        {children}
      </Stack>
    </Panel>
  );
}
