import { Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { sitesQuery } from "@/api/queries";
import { Page, ProblemAlert } from "@/ui/page";
import { SiteTabs } from "@/ui/site-tabs";
import { useHere } from "@/ui/workspace";
import { Arrivals } from "./arrivals";
import { Quarantine, UnknownKeys } from "./quarantine";
import { SeenEvents } from "./seen-events";

const route = getRouteApi("/w/$workspace/sites/$site/qa");

/** What arrives at a site, what was refused, and what its events look like. */
export function QaPage() {
  const { t } = useTranslation();
  const { workspace, canAdmin } = useHere();
  const { site: id } = route.useParams();
  const sites = useQuery(sitesQuery(workspace.id));
  const site = sites.data?.find((candidate) => candidate.id === id);
  return (
    <Page title={t("trust.qa.title")} lead={t("trust.qa.lead")}>
      <SiteTabs site={id} />
      <ProblemAlert problem={sites.error} />
      {site ? (
        <Stack gap="xl">
          <Arrivals key={site.id} site={site.id} />
          <Quarantine site={site.id} />
          {canAdmin && <UnknownKeys />}
          <SeenEvents site={site.id} />
        </Stack>
      ) : (
        <Skeleton height={320} />
      )}
    </Page>
  );
}
