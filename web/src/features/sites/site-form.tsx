import { Button, Chip, Group, Input, NumberInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Site } from "@/api/types";
import { useDraft } from "@/ui/draft";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { BUSINESS_TYPES, bareDomain, browserTimeZone, currencies, timeZones } from "./choices";

export interface SiteValues {
  domain: string;
  name: string;
  time_zone: string;
  currency: string;
  business_type: string;
  /** Days; for good when `null`. */
  retention_days: number | null;
}

const fresh = (): SiteValues => ({
  domain: "",
  name: "",
  time_zone: browserTimeZone(),
  currency: "EUR",
  business_type: "web_shop",
  retention_days: null,
});

const known = ({ domain, name, time_zone, currency, business_type, retention_days }: Site): SiteValues => ({
  domain,
  name,
  time_zone,
  currency,
  business_type,
  retention_days: retention_days ?? null,
});

/** What a site is: asked when it is made, and changed later, when its domain stays and it has a name. */
export function SiteForm(props: {
  /** The site as it is; absent where one is made. */
  site?: Site;
  disabled?: boolean;
  send: (values: SiteValues) => Promise<unknown>;
}) {
  const { t, i18n } = useTranslation();
  const { site } = props;
  const money = useMemo(() => currencies(i18n.language), [i18n.language]);
  const draft = useDraft<SiteValues>(site ? known(site) : fresh(), ({ domain }) => ({
    domain: site || /^[^\s/@]+$/.test(bareDomain(domain)) ? undefined : t("site.domainInvalid"),
  }));
  const { values, errors, set } = draft;
  const send = useMutation({
    mutationFn: () => props.send({ ...values, domain: bareDomain(values.domain) }),
    onError: draft.refuse,
  });
  return (
    <Panel>
      <form ref={draft.form} noValidate onSubmit={draft.submit(() => send.mutate())}>
        <fieldset disabled={props.disabled} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
          <Stack gap="lg">
            {site ? (
              <TextInput
                label={t("site.displayName")}
                value={values.name}
                error={errors.name}
                onChange={(event) => set("name", event.currentTarget.value)}
              />
            ) : (
              <TextInput
                label={t("site.domain")}
                description={t("site.domainHint")}
                placeholder="shop.example"
                size="md"
                dir="ltr"
                autoFocus
                value={values.domain}
                error={errors.domain}
                onChange={(event) => set("domain", event.currentTarget.value)}
              />
            )}
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Select
                label={t("site.timeZone")}
                description={t("site.timeZoneHint")}
                searchable
                limit={60}
                data={timeZones()}
                value={values.time_zone}
                error={errors.time_zone}
                allowDeselect={false}
                onChange={(value) => set("time_zone", value ?? "UTC")}
              />
              <Select
                label={t("site.currency")}
                description={t("conversion.currency")}
                searchable
                limit={60}
                data={money}
                value={values.currency}
                error={errors.currency}
                allowDeselect={false}
                onChange={(value) => set("currency", value ?? "EUR")}
              />
            </SimpleGrid>
            <Input.Wrapper label={t("site.businessType")} labelElement="div" error={errors.business_type}>
              <Chip.Group
                value={values.business_type}
                onChange={(value) => set("business_type", String(value))}
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
            {site && (
              <NumberInput
                label={t("site.retention")}
                description={t("site.retentionHint")}
                suffix={t("site.retentionDays")}
                maw={320}
                min={1}
                max={36500}
                allowDecimal={false}
                hideControls
                value={values.retention_days ?? ""}
                error={errors.retention_days}
                onChange={(value) => set("retention_days", typeof value === "number" ? value : null)}
              />
            )}
            <ProblemAlert problem={draft.rest(send.error)} />
            {!props.disabled && (
              <Group>
                <Button type="submit" size={site ? "sm" : "md"} loading={send.isPending}>
                  {site ? t("common.save") : t("site.create")}
                </Button>
              </Group>
            )}
          </Stack>
        </fieldset>
      </form>
    </Panel>
  );
}
