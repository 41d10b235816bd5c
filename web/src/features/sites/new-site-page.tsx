import { Button, Chip, Group, Input, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sitesQuery, workspacePath } from "@/api/queries";
import type { Site } from "@/api/types";
import { useDraft } from "@/ui/draft";
import { Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import { BUSINESS_TYPES, bareDomain, browserTimeZone, currencies, timeZones } from "./choices";

export function NewSitePage() {
  const { t, i18n } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const money = useMemo(() => currencies(i18n.language), [i18n.language]);
  const draft = useDraft(
    { domain: "", time_zone: browserTimeZone(), currency: "EUR", business_type: "web_shop" as string },
    (values) => ({
      domain: /^[^\s/@]+$/.test(bareDomain(values.domain)) ? undefined : t("site.domainInvalid"),
    }),
  );
  const create = useMutation({
    mutationFn: (values: typeof draft.values) => {
      const domain = bareDomain(values.domain);
      return call<Site>("POST", `${workspacePath(workspace.id)}/sites`, { ...values, domain, name: domain });
    },
    onSuccess: async (site) => {
      await client.invalidateQueries({ queryKey: sitesQuery(workspace.id).queryKey });
      await navigate({
        to: "/w/$workspace/sites/$site/snippet",
        params: { workspace: workspace.id, site: site.id },
      });
    },
    onError: draft.refuse,
  });
  return (
    <Page narrow title={t("site.createTitle")} lead={t("site.createLead")}>
      <Panel>
        <form ref={draft.form} noValidate onSubmit={draft.submit((values) => create.mutate(values))}>
          <Stack gap="lg">
            <TextInput
              label={t("site.domain")}
              description={t("site.domainHint")}
              placeholder="shop.example"
              size="md"
              dir="ltr"
              autoFocus
              value={draft.values.domain}
              error={draft.errors.domain}
              onChange={(event) => draft.set("domain", event.currentTarget.value)}
            />
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
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
            </SimpleGrid>
            <Input.Wrapper
              label={t("site.businessType")}
              labelElement="div"
              error={draft.errors.business_type}
            >
              <Chip.Group
                value={draft.values.business_type}
                onChange={(value) => draft.set("business_type", String(value))}
              >
                <Group gap="xs" mt={6}>
                  {BUSINESS_TYPES.map((kind) => (
                    <Chip key={kind} value={kind} variant="outline">
                      {t(`site.business.${kind}`)}
                    </Chip>
                  ))}
                </Group>
              </Chip.Group>
            </Input.Wrapper>
            <ProblemAlert problem={draft.rest(create.error)} />
            <Group>
              <Button type="submit" size="md" loading={create.isPending}>
                {t("site.create")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Panel>
    </Page>
  );
}
