import { Group, Stack, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSiteStatus } from "@/api/live";
import type { Site } from "@/api/types";
import { useFormat } from "@/ui/format";
import { IconCheck } from "@/ui/icons";
import { ButtonLink } from "@/ui/links";
import { Page } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { WithSite } from "@/ui/with-site";
import { useHere } from "@/ui/workspace";
import classes from "./snippet.module.css";
import { SnippetCode } from "./snippet-code";

const route = getRouteApi("/w/$workspace/sites/$site/snippet");

/** Paste this, then watch the first event arrive. */
export function SnippetPage() {
  const { site: id } = route.useParams();
  return <WithSite id={id}>{(site) => <SiteSnippet site={site} />}</WithSite>;
}

function SiteSnippet({ site }: { site: Site }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const status = useSiteStatus(workspace.id, site.id);
  const arrived = Boolean(status?.first_event_at);
  const params = { workspace: workspace.id, site: site.id };

  return (
    <Page narrow title={t("site.snippetTitle", { domain: site.domain })} lead={t("site.snippetLead")}>
      <Stack gap="lg">
        <Panel>
          <SnippetCode snippet={site.snippet} label={t("site.copySnippet")} />
        </Panel>
        <Panel aria-live="polite">
          <div className={classes.wait}>
            <span className={`${classes.beacon} ${arrived ? classes.arrived : classes.waiting}`}>
              {arrived ? <IconCheck size={24} /> : <i />}
            </span>
            <div>
              <Title order={2}>{arrived ? t("site.arrived") : t("site.waiting")}</Title>
              <p>{arrived ? t("site.arrivedHint", { domain: site.domain }) : t("site.waitingHint")}</p>
              {arrived && status && (
                <p className="tabular">
                  {t("site.events30")}: <b>{f.number(status.events_last_30_minutes)}</b>
                </p>
              )}
            </div>
          </div>
        </Panel>
        <Group>
          <ButtonLink
            to="/w/$workspace/goals/new"
            params={params}
            search={{ site: site.id }}
            variant={arrived ? "filled" : "default"}
            size="md"
          >
            {t("site.toGoals")}
          </ButtonLink>
          <ButtonLink to="/w/$workspace/sites/$site" params={params} variant="default" size="md">
            {arrived ? t("site.toOverview") : t("site.later")}
          </ButtonLink>
        </Group>
      </Stack>
    </Page>
  );
}
