import { Stack } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "@/ui/page";
import { SiteTabs } from "@/ui/site-tabs";
import { WithSite } from "@/ui/with-site";
import { useHere } from "@/ui/workspace";
import { Arrivals } from "./arrivals";
import { Quarantine, UnknownKeys } from "./quarantine";
import { SeenEvents } from "./seen-events";

const route = getRouteApi("/w/$workspace/sites/$site/qa");

/** What arrives at a site, what was refused, and what its events look like. */
export function QaPage() {
  const { t } = useTranslation();
  const { canAdmin } = useHere();
  const { site: id } = route.useParams();
  return (
    <WithSite id={id}>
      {(site) => (
        <Page title={t("trust.qa.title")} lead={t("trust.qa.lead")}>
          <SiteTabs site={id} />
          <Stack gap="xl">
            <Arrivals key={site.id} site={site.id} />
            <Quarantine site={site.id} />
            {canAdmin && <UnknownKeys />}
            <SeenEvents site={site.id} />
          </Stack>
        </Page>
      )}
    </WithSite>
  );
}
