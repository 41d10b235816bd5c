import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { sitesQuery, workspacePath } from "@/api/queries";
import type { Site } from "@/api/types";
import { Page } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import { SiteForm, type SiteValues } from "./site-form";

export function NewSitePage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = async ({ retention_days: _, ...values }: SiteValues) => {
    const body = { ...values, name: values.domain };
    const site = await call<Site>("POST", `${workspacePath(workspace.id)}/sites`, body);
    await client.invalidateQueries({ queryKey: sitesQuery(workspace.id).queryKey });
    await navigate({
      to: "/w/$workspace/sites/$site/snippet",
      params: { workspace: workspace.id, site: site.id },
    });
  };
  return (
    <Page narrow title={t("site.createTitle")} lead={t("site.createLead")}>
      <SiteForm send={create} />
    </Page>
  );
}
