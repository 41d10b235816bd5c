import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import classes from "./settings.module.css";

/** Settings: its pages side by side, the workspace's first and one's own after them. */
export function Settings() {
  const { t } = useTranslation();
  const { workspace, canAdmin } = useHere();
  const params = { workspace: workspace.id };
  const pages = [
    { to: "/w/$workspace/settings/sites", label: t("settings.sites"), shown: true },
    { to: "/w/$workspace/settings/conversions", label: t("settings.conversions"), shown: true },
    { to: "/w/$workspace/settings/metrics", label: t("dictionary.metrics"), shown: true },
    { to: "/w/$workspace/settings/observations", label: t("dictionary.observations"), shown: true },
    { to: "/w/$workspace/settings/members", label: t("settings.members"), shown: true },
    { to: "/w/$workspace/settings/tokens", label: t("settings.tokens"), shown: canAdmin },
    { to: "/w/$workspace/settings/notices", label: t("alerts.notices"), shown: true },
    { to: "/w/$workspace/settings/webhooks", label: t("alerts.webhooks"), shown: canAdmin },
    { to: "/w/$workspace/settings/workspace", label: t("settings.workspace"), shown: canAdmin },
    { to: "/w/$workspace/settings/audit", label: t("settings.audit"), shown: canAdmin },
    { to: "/w/$workspace/settings/profile", label: t("settings.profile"), shown: true },
    { to: "/w/$workspace/settings/sign-ins", label: t("settings.signIns"), shown: true },
  ] as const;
  return (
    <Page title={t("settings.title")}>
      <nav className={classes.tabs} aria-label={t("settings.title")}>
        {pages
          .filter(({ shown }) => shown)
          .map(({ to, label }) => (
            <Link key={to} to={to} params={params} className={classes.tab}>
              {label}
            </Link>
          ))}
      </nav>
      <Outlet />
    </Page>
  );
}
