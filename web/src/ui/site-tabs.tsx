import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "./site-tabs.module.css";
import { useHere } from "./workspace";

/** The pages of one site, side by side. */
export function SiteTabs({ site }: { site: string }) {
  const { t } = useTranslation();
  const { workspace, canAdmin } = useHere();
  const params = { workspace: workspace.id, site };
  const tabs = [
    { to: "/w/$workspace/sites/$site", label: t("trust.tabs.figures"), shown: true },
    { to: "/w/$workspace/sites/$site/qa", label: t("trust.tabs.qa"), shown: true },
    { to: "/w/$workspace/sites/$site/filtered", label: t("trust.tabs.filtered"), shown: true },
    { to: "/w/$workspace/sites/$site/counting", label: t("trust.tabs.counting"), shown: true },
    { to: "/w/$workspace/sites/$site/people", label: t("trust.tabs.people"), shown: canAdmin },
  ] as const;
  return (
    <nav className={classes.tabs} aria-label={t("trust.tabs.label")}>
      {tabs
        .filter(({ shown }) => shown)
        .map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            params={params}
            activeOptions={{ exact: true, includeSearch: false }}
            className={classes.tab}
          >
            {label}
          </Link>
        ))}
    </nav>
  );
}
