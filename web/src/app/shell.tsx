import { Avatar, Badge, Burger, Drawer, Menu, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { inboxQuery } from "@/api/alerts";
import { call } from "@/api/client";
import { sessionQuery, sitesQuery } from "@/api/queries";
import type { Locale } from "@/api/types";
import { useFormat } from "@/ui/format";
import { LOCALES, setLocale } from "@/ui/i18n";
import {
  IconBell,
  IconBoard,
  IconCheck,
  IconLogout,
  IconPlus,
  IconSettings,
  IconSitemap,
  IconTarget,
  IconUser,
  IconWorld,
} from "@/ui/icons";
import { Logo } from "@/ui/logo";
import { hereOf, useHere, WorkspaceProvider } from "@/ui/workspace";
import classes from "./shell.module.css";

const route = getRouteApi("/w/$workspace");

/** Everything around a page: where one can go, who one is, and that data is a sample. */
export function Shell() {
  const { t } = useTranslation();
  const { workspace: id } = route.useParams();
  const { data: session } = useQuery(sessionQuery);
  const workspace = session?.workspaces.find((candidate) => candidate.id === id);
  const [menu, { toggle, close }] = useDisclosure();
  const path = useLocation({ select: (location) => location.pathname });
  const main = useRef<HTMLElement>(null);
  const first = useRef(path);

  // A new page: close the menu, and let the keyboard and the reader begin at its content.
  useEffect(() => {
    if (first.current === path) return;
    first.current = path;
    close();
    main.current?.focus({ preventScroll: true });
  }, [path, close]);

  if (!session || !workspace) return null;
  return (
    <WorkspaceProvider value={hereOf(session, workspace)}>
      <a className={classes.skip} href="#content">
        {t("common.skip")}
      </a>
      <div className={classes.shell}>
        <div className={classes.top}>
          <Brand workspace={id} />
          <Burger opened={menu} onClick={toggle} aria-label={t("nav.menu")} aria-expanded={menu} size="sm" />
        </div>
        <Side />
        <Drawer
          opened={menu}
          onClose={close}
          size={300}
          title={<Brand workspace={id} />}
          classNames={{ content: classes.drawer }}
          closeButtonProps={{ "aria-label": t("common.close") }}
        >
          <Side />
        </Drawer>
        <main id="content" ref={main} tabIndex={-1} className={classes.main}>
          {workspace.sample && (
            <aside className={classes.sample}>
              <b>{t("nav.sample")}</b>
              <span>{t("nav.sampleText")}</span>
            </aside>
          )}
          <Outlet />
        </main>
      </div>
    </WorkspaceProvider>
  );
}

function Brand({ workspace }: { workspace: string }) {
  const { t } = useTranslation();
  return (
    <Link to="/w/$workspace" params={{ workspace }} className={classes.brand}>
      <Logo />
      {t("brand")}
    </Link>
  );
}

function Side() {
  const { t } = useTranslation();
  const { workspace, canAdmin } = useHere();
  const sites = useQuery(sitesQuery(workspace.id));
  const params = { workspace: workspace.id };
  return (
    <nav className={classes.side} aria-label={t("nav.main")}>
      <Brand workspace={workspace.id} />
      <Link to="/w/$workspace" params={params} activeOptions={{ exact: true }} className={classes.link}>
        <IconTarget size={18} />
        <span>{t("nav.goals")}</span>
      </Link>
      <Link to="/w/$workspace/objectives" params={params} className={classes.link}>
        <IconSitemap size={18} />
        <span>{t("nav.objectives")}</span>
      </Link>
      <Link to="/w/$workspace/boards" params={params} className={classes.link}>
        <IconBoard size={18} />
        <span>{t("boards.title")}</span>
      </Link>
      <Bell workspace={workspace.id} />
      <p className={classes.group}>{t("nav.sites")}</p>
      {sites.data?.map((site) => (
        <Link
          key={site.id}
          to="/w/$workspace/sites/$site"
          params={{ ...params, site: site.id }}
          className={classes.link}
        >
          <IconWorld size={18} />
          <span title={site.domain}>{site.name || site.domain}</span>
        </Link>
      ))}
      {canAdmin && (
        <Link to="/w/$workspace/sites/new" params={params} className={classes.link}>
          <IconPlus size={18} />
          <span>{t("nav.addSite")}</span>
        </Link>
      )}
      <div className={classes.grow} />
      <Link to="/w/$workspace/settings" params={params} className={classes.link}>
        <IconSettings size={18} />
        <span>{t("nav.settings")}</span>
      </Link>
      <Account />
    </nav>
  );
}

/** The way to the inbox, with how many messages wait there. */
function Bell({ workspace }: { workspace: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const unread = useQuery(inboxQuery(workspace)).data?.unread ?? 0;
  return (
    <Link to="/w/$workspace/inbox" params={{ workspace }} className={classes.link}>
      <IconBell size={18} />
      <span>{t("alerts.nav")}</span>
      {unread > 0 && (
        <Badge
          size="sm"
          circle={unread < 10}
          color="red"
          ms="auto"
          aria-label={t("alerts.unread", { count: unread })}
        >
          {f.number(unread)}
        </Badge>
      )}
    </Link>
  );
}

function Account() {
  const { t, i18n } = useTranslation();
  const { session, workspace } = useHere();
  const scheme = useMantineColorScheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => call("DELETE", "/api/v1/session"),
    onSettled: async () => {
      client.clear();
      await navigate({ to: "/sign-in" });
    },
  });
  const speak = useMutation({
    mutationFn: async (locale: Locale) => {
      await setLocale(locale);
      // The server writes sentences and verdicts in the language of the account.
      await call("PATCH", "/api/v1/user", { locale });
      await client.invalidateQueries();
    },
  });
  const chosen = (yes: boolean) => (yes ? <IconCheck size={16} /> : undefined);
  return (
    <Menu position="top-start" width={230} withinPortal>
      <Menu.Target>
        <button type="button" className={classes.account}>
          <span className="visually-hidden">{t("nav.account")}: </span>
          <Avatar
            size={30}
            name={session.user.name || session.user.email}
            classNames={{ placeholder: classes.avatar }}
          />
          <span className={classes.accountName}>
            <b>{session.user.name || session.user.email}</b>
            <small>{workspace.name}</small>
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {session.workspaces.length > 1 && (
          <>
            <Menu.Label>{t("nav.workspace")}</Menu.Label>
            {session.workspaces.map(({ id, name }) => (
              <Menu.Item
                key={id}
                rightSection={chosen(id === workspace.id)}
                onClick={() => navigate({ to: "/w/$workspace", params: { workspace: id } })}
              >
                {name}
              </Menu.Item>
            ))}
            <Menu.Divider />
          </>
        )}
        <Menu.Label>{t("nav.language")}</Menu.Label>
        {LOCALES.map(({ value, label }) => (
          <Menu.Item
            key={value}
            lang={value}
            rightSection={chosen(i18n.language === value)}
            onClick={() => speak.mutate(value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Label>{t("nav.theme")}</Menu.Label>
        {(["auto", "light", "dark"] as const).map((value) => (
          <Menu.Item
            key={value}
            rightSection={chosen(scheme.colorScheme === value)}
            onClick={() => scheme.setColorScheme(value)}
          >
            {t(`nav.${value}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconUser size={16} />}
          onClick={() =>
            navigate({ to: "/w/$workspace/settings/profile", params: { workspace: workspace.id } })
          }
        >
          {t("settings.profile")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          {t("nav.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
