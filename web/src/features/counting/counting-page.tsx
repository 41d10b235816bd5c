import { Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { countingQuery, type Rules } from "@/api/trust";
import { Page, ProblemAlert } from "@/ui/page";
import { SiteTabs } from "@/ui/site-tabs";
import { useHere } from "@/ui/workspace";
import { RulesForm } from "./rules-form";
import { Versions } from "./versions";

const route = getRouteApi("/w/$workspace/sites/$site/counting");

/** How a site counts, and every version of it. */
export function CountingPage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const { site } = route.useParams();
  const counting = useQuery(countingQuery(workspace.id, site));
  const [loaded, setLoaded] = useState<{ rules: Rules; at: number } | null>(null);
  return (
    <Page title={t("trust.counting.title")} lead={t("trust.counting.lead")}>
      <SiteTabs site={site} />
      <ProblemAlert problem={counting.error} retry={() => counting.refetch()} />
      {counting.data ? (
        <Stack gap="xl">
          <RulesForm
            key={`${counting.data.version} ${loaded?.at ?? 0}`}
            site={site}
            counting={counting.data}
            rules={loaded?.rules ?? counting.data.rules}
            onSaved={() => setLoaded(null)}
          />
          <Versions counting={counting.data} onUse={(rules) => setLoaded({ rules, at: Date.now() })} />
        </Stack>
      ) : (
        !counting.error && <Skeleton height={480} />
      )}
    </Page>
  );
}
