import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { templatesQuery } from "@/api/goals";
import { sitesQuery } from "@/api/queries";
import { ButtonLink, TextLink } from "@/ui/links";
import pageClasses from "@/ui/page.module.css";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./welcome.module.css";

const EXAMPLES = ["orders", "search", "followers", "reply"] as const;

/** No goal yet: what one is, and sentences to begin with. */
export function Welcome() {
  const { t } = useTranslation();
  const { workspace, canEdit, canAdmin } = useHere();
  const sites = useQuery(sitesQuery(workspace.id));
  const templates = useQuery(templatesQuery(workspace.id));
  const siteless = sites.data?.length === 0;
  const params = { workspace: workspace.id };
  return (
    <div className={pageClasses.page}>
      <Panel padded={false}>
        <div className={classes.welcome}>
          <h1 className={classes.question}>{siteless ? t("goal.needSite") : t("goal.empty")}</h1>
          <p>{siteless ? t("goal.needSiteText") : t("goal.emptyText")}</p>
          {siteless && canAdmin && (
            <ButtonLink to="/w/$workspace/sites/new" params={params} size="md" mt="xl">
              {t("nav.addSite")}
            </ButtonLink>
          )}
          {!siteless && canEdit && (
            <>
              <ButtonLink to="/w/$workspace/goals/new" params={params} size="md" mt="xl">
                {t("goal.emptyStart")}
              </ButtonLink>
              <p className={classes.or}>{t("goals.home.begin")}</p>
              <ul className={classes.examples}>
                {EXAMPLES.map((example) => (
                  <li key={example}>
                    <TextLink
                      to="/w/$workspace/goals/new"
                      params={params}
                      search={{ say: t(`goals.example.${example}`) }}
                    >
                      {t(`goals.example.${example}`)}
                    </TextLink>
                  </li>
                ))}
              </ul>
              {(templates.data?.length ?? 0) > 0 && (
                <p>
                  <TextLink to="/w/$workspace/objectives/templates" params={params} size="sm">
                    {t("goals.home.templates")}
                  </TextLink>
                </p>
              )}
            </>
          )}
        </div>
      </Panel>
    </div>
  );
}
