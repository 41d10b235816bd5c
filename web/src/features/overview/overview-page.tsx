import { ActionIcon, Button, Title, Tooltip } from "@mantine/core";
import { useDisclosure, useDocumentTitle, useHotkeys } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSiteStatus } from "@/api/live";
import type { Filter, Site } from "@/api/types";
import { FilterChips } from "@/ui/filter-chips";
import { FilterDialog } from "@/ui/filter-dialog";
import { todayIn, useFormat } from "@/ui/format";
import { IconFilter, IconKeyboard, IconTarget } from "@/ui/icons";
import { ButtonLink } from "@/ui/links";
import { Empty } from "@/ui/page";
import pageClasses from "@/ui/page.module.css";
import { Panel } from "@/ui/panel";
import { SiteTabs } from "@/ui/site-tabs";
import { WithSite } from "@/ui/with-site";
import { useHere } from "@/ui/workspace";
import { Breakdowns } from "./breakdowns";
import { ComparisonMenu } from "./comparison-menu";
import { Figures } from "./figures";
import classes from "./overview.module.css";
import { PeriodMenu } from "./period-menu";
import { SHORTCUTS, Shortcuts } from "./shortcuts";
import { comparisonOf, dateRange, type View, withFilter } from "./view";

const route = getRouteApi("/w/$workspace/sites/$site");

export function OverviewPage() {
  const { site: id } = route.useParams();
  return <WithSite id={id}>{(site) => <Overview key={site.id} site={site} />}</WithSite>;
}

/** What happens on one site, by any period and narrowed by clicking. */
function Overview({ site }: { site: Site }) {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const today = todayIn(site.time_zone);
  const [editing, setEditing] = useState<number | "new" | null>(null);
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure();
  const status = useSiteStatus(workspace.id, site.id);
  // Before its second day a site has nothing but today, which the usual period leaves out.
  const born = status?.first_event_at && todayIn(site.time_zone, new Date(status.first_event_at));
  const view: View = born === today && !search.range ? { ...search, range: "day" } : search;
  useDocumentTitle(`${site.domain} · ${t("brand")}`);

  const change = useCallback(
    (next: Partial<View>) =>
      navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false }),
    [navigate],
  );
  const filters = view.f ?? [];
  const setFilters = (f: Filter[]) => change({ f: f.length > 0 ? f : undefined });

  useHotkeys([
    ...SHORTCUTS.map(
      ({ key, range }) =>
        [key, () => change({ range, from: undefined, to: undefined })] as [string, () => void],
    ),
    ["X", () => change({ compare: comparisonOf(view) === "off" ? "previous_period" : "off" })],
    ["/", () => setEditing("new")],
    ["shift+?", openHelp],
  ]);

  const empty = status && !status.first_event_at && !status.last_event_at;
  return (
    <div className={pageClasses.page}>
      <header className={classes.head}>
        <div className={classes.who}>
          <Title order={1}>{site.name || site.domain}</Title>
          <Now visitors={status?.visitors_now} />
        </div>
        <div className={classes.bar}>
          <Button
            variant="default"
            leftSection={<IconFilter size={16} />}
            onClick={() => setEditing("new")}
            aria-keyshortcuts="/"
          >
            {t("filter.title")}
          </Button>
          <PeriodMenu view={view} today={today} onChange={change} />
          <ComparisonMenu view={view} onChange={change} />
          <Tooltip label={t("shortcut.title")}>
            <ActionIcon
              variant="default"
              size={36}
              aria-label={t("shortcut.title")}
              onClick={openHelp}
              visibleFrom="md"
            >
              <IconKeyboard size={18} />
            </ActionIcon>
          </Tooltip>
        </div>
      </header>

      <SiteTabs site={site.id} />

      {filters.length > 0 && (
        <div className={`${classes.filters} ${classes.bar}`}>
          <FilterChips
            filters={filters}
            onEdit={setEditing}
            onRemove={(at) => setFilters(filters.filter((_, index) => index !== at))}
          />
          <Button variant="subtle" size="compact-sm" color="gray" onClick={() => setFilters([])}>
            {t("filter.clear")}
          </Button>
          {canEdit && (
            <ButtonLink
              to="/w/$workspace/goals/new"
              params={{ workspace: workspace.id }}
              search={{
                site: site.id,
                metric: view.metric ?? "visitors",
                f: filters,
              }}
              variant="subtle"
              size="compact-sm"
              leftSection={<IconTarget size={15} />}
            >
              {t("overview.setGoal")}
            </ButtonLink>
          )}
        </div>
      )}

      {empty ? (
        <Panel>
          <Empty
            title={t("overview.noData")}
            text={t("overview.noDataText")}
            action={
              <ButtonLink
                to="/w/$workspace/sites/$site/snippet"
                params={{ workspace: workspace.id, site: site.id }}
              >
                {t("overview.showSnippet")}
              </ButtonLink>
            }
          />
        </Panel>
      ) : (
        <>
          <Figures site={site} view={view} today={today} onChange={change} />
          <Breakdowns
            site={site}
            view={view}
            today={today}
            onFilter={(filter) => setFilters(withFilter(filters, filter))}
          />
        </>
      )}

      {editing !== null && (
        <FilterDialog
          site={site.domain}
          range={dateRange(view, today)}
          initial={editing === "new" ? undefined : filters[editing]}
          onClose={() => setEditing(null)}
          onApply={(filter) => {
            const rest = filters.filter((_, index) => index !== editing);
            setFilters(withFilter(rest, filter));
            setEditing(null);
          }}
        />
      )}
      <Shortcuts opened={help} onClose={closeHelp} />
    </div>
  );
}

function Now({ visitors }: { visitors: number | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (visitors === undefined) return null;
  return (
    <Tooltip label={t("overview.nowHint")}>
      <span className={classes.now}>
        <i className={`${classes.dot} ${visitors > 0 ? classes.live : ""}`} aria-hidden="true" />
        {t("overview.now", { count: visitors, n: f.number(visitors) })}
      </span>
    </Tooltip>
  );
}
