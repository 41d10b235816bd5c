import { Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type Erased, type Person, personPath } from "@/api/trust";
import { ConfirmButton } from "@/ui/confirm";
import { useFormat } from "@/ui/format";
import { IconDownload } from "@/ui/icons";
import { Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { SiteTabs } from "@/ui/site-tabs";
import { useHere } from "@/ui/workspace";

const route = getRouteApi("/w/$workspace/sites/$site/people");

/** What is kept of one visitor or person: given out or erased. */
export function PeoplePage() {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const { site } = route.useParams();
  const [who, setWho] = useState({ user_id: "", anonymous_id: "" });
  const find = useMutation({
    mutationFn: () => call<Person>("GET", personPath(workspace.id, site, who)),
  });
  const erase = async () => {
    const { events, messages } = await call<Erased>("DELETE", personPath(workspace.id, site, who));
    notifications.show({
      message: t("trust.people.erased", { events: f.number(events), messages: f.number(messages) }),
    });
    find.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    find.mutate();
  };
  const found = find.data;
  return (
    <Page title={t("trust.people.title")} lead={t("trust.people.lead")}>
      <SiteTabs site={site} />
      <Stack gap="lg">
        <Panel>
          <form onSubmit={submit}>
            <Group align="flex-end">
              <TextInput
                style={{ flex: "1 1 220px" }}
                label={t("trust.people.userId")}
                dir="ltr"
                value={who.user_id}
                onChange={(event) => setWho({ ...who, user_id: event.currentTarget.value })}
              />
              <TextInput
                style={{ flex: "1 1 220px" }}
                label={t("trust.people.anonymousId")}
                dir="ltr"
                value={who.anonymous_id}
                onChange={(event) => setWho({ ...who, anonymous_id: event.currentTarget.value })}
              />
              <Button
                type="submit"
                disabled={!who.user_id.trim() && !who.anonymous_id.trim()}
                loading={find.isPending}
              >
                {t("trust.people.find")}
              </Button>
            </Group>
          </form>
        </Panel>
        <ProblemAlert problem={find.error} />
        {found && (
          <Panel aria-live="polite">
            <Stack>
              <Text fw={560}>
                {found.events > 0
                  ? t("trust.people.found", { count: found.events, events: f.number(found.events) })
                  : t("trust.people.foundNone")}
              </Text>
              {found.events > 0 && (
                <Code block dir="ltr" mah={320} style={{ overflow: "auto" }} tabIndex={0}>
                  {JSON.stringify(found.rows.slice(0, 20), null, 1)}
                </Code>
              )}
              <Group>
                {found.events > 0 && (
                  <Button
                    component="a"
                    variant="default"
                    leftSection={<IconDownload size={16} />}
                    href={`data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(found, null, 1))}`}
                    download="person.json"
                  >
                    {t("trust.people.download")}
                  </Button>
                )}
                <ConfirmButton
                  label={t("trust.people.erase")}
                  title={who.user_id || who.anonymous_id}
                  text={t("trust.people.eraseText")}
                  confirm={t("trust.people.erase")}
                  variant="light"
                  action={erase}
                />
              </Group>
            </Stack>
          </Panel>
        )}
      </Stack>
    </Page>
  );
}
