import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { homesQuery } from "@/api/boards";
import { sessionQuery, setupQuery } from "@/api/queries";
import type { Filter } from "@/api/types";
import { filtersIn, parseView } from "@/features/overview/view";
import { Failed, NotFound } from "@/ui/failed";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: Failed,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async ({ context }) => {
    const setup = await context.queries.ensureQueryData(setupQuery);
    if (setup.needs_owner) throw redirect({ to: "/setup" });
    const session = await context.queries.ensureQueryData(sessionQuery);
    const workspace = session?.workspaces[0];
    if (!workspace) throw redirect({ to: "/sign-in" });
    // What the person's role sees first; the goals, unless the workspace chose a board.
    const homes = await context.queries.ensureQueryData(homesQuery(workspace.id)).catch(() => null);
    if (homes?.mine) {
      throw redirect({
        to: "/w/$workspace/boards/$board",
        params: { workspace: workspace.id, board: homes.mine },
      });
    }
    throw redirect({ to: "/w/$workspace", params: { workspace: workspace.id } });
  },
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  beforeLoad: async ({ context }) => {
    const { needs_owner } = await context.queries.ensureQueryData(setupQuery);
    if (!needs_owner) throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("@/features/setup/setup-page"), "SetupPage"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): { next?: string } => ({
    // Only a path on this site: an address from elsewhere never becomes a destination.
    next: typeof search.next === "string" && /^\/(?![/\\])/.test(search.next) ? search.next : undefined,
  }),
  component: lazyRouteComponent(() => import("@/features/session/sign-in-page"), "SignInPage"),
});

const shared = createRoute({
  getParentRoute: () => root,
  path: "/share/$token",
  component: lazyRouteComponent(() => import("@/features/boards/shared-page"), "SharedPage"),
});

const workspace = createRoute({
  getParentRoute: () => root,
  path: "/w/$workspace",
  beforeLoad: async ({ context, location, params }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: "/sign-in", search: { next: location.href } });
    if (!session.workspaces.some(({ id }) => id === params.workspace)) throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("./shell"), "Shell"),
});

const goals = createRoute({
  getParentRoute: () => workspace,
  path: "/",
  validateSearch: (search): { by?: "objective" | "owner" | "need" } => ({
    by: search.by === "objective" || search.by === "owner" || search.by === "need" ? search.by : undefined,
  }),
  component: lazyRouteComponent(() => import("@/features/goals/goals-page"), "GoalsPage"),
});

const newGoal = createRoute({
  getParentRoute: () => workspace,
  path: "/goals/new",
  validateSearch: (
    search,
  ): { site?: string; metric?: string; f?: Filter[]; objective?: string; say?: string } => ({
    say: typeof search.say === "string" ? search.say : undefined,
    site: typeof search.site === "string" ? search.site : undefined,
    metric: typeof search.metric === "string" ? search.metric : undefined,
    f: filtersIn(search.f),
    objective: typeof search.objective === "string" ? search.objective : undefined,
  }),
  component: lazyRouteComponent(() => import("@/features/goals/new-goal-page"), "NewGoalPage"),
});

const goal = createRoute({
  getParentRoute: () => workspace,
  path: "/goals/$goal",
  component: lazyRouteComponent(() => import("@/features/goals/goal-page"), "GoalPage"),
});

const editGoal = createRoute({
  getParentRoute: () => workspace,
  path: "/goals/$goal/edit",
  component: lazyRouteComponent(() => import("@/features/goals/edit-goal-page"), "EditGoalPage"),
});

const review = createRoute({
  getParentRoute: () => workspace,
  path: "/goals/$goal/review",
  component: lazyRouteComponent(() => import("@/features/goals/review-page"), "ReviewPage"),
});

const calibration = createRoute({
  getParentRoute: () => workspace,
  path: "/calibration",
  component: lazyRouteComponent(() => import("@/features/calibration/calibration-page"), "CalibrationPage"),
});

const templates = createRoute({
  getParentRoute: () => workspace,
  path: "/objectives/templates",
  component: lazyRouteComponent(() => import("@/features/objectives/templates-page"), "TemplatesPage"),
});

const objectives = createRoute({
  getParentRoute: () => workspace,
  path: "/objectives",
  component: lazyRouteComponent(() => import("@/features/objectives/objectives-page"), "ObjectivesPage"),
});

const boards = createRoute({
  getParentRoute: () => workspace,
  path: "/boards",
  component: lazyRouteComponent(() => import("@/features/boards/boards-page"), "BoardsPage"),
});

const board = createRoute({
  getParentRoute: () => workspace,
  path: "/boards/$board",
  component: lazyRouteComponent(() => import("@/features/boards/board-page"), "BoardPage"),
});

const inbox = createRoute({
  getParentRoute: () => workspace,
  path: "/inbox",
  component: lazyRouteComponent(() => import("@/features/alerts/inbox-page"), "InboxPage"),
});

const alerts = createRoute({
  getParentRoute: () => workspace,
  path: "/alerts",
  component: lazyRouteComponent(() => import("@/features/alerts/alerts-page"), "AlertsPage"),
});

const newSite = createRoute({
  getParentRoute: () => workspace,
  path: "/sites/new",
  component: lazyRouteComponent(() => import("@/features/sites/new-site-page"), "NewSitePage"),
});

const overview = createRoute({
  getParentRoute: () => workspace,
  path: "/sites/$site",
  validateSearch: parseView,
  component: lazyRouteComponent(() => import("@/features/overview/overview-page"), "OverviewPage"),
});

const snippet = createRoute({
  getParentRoute: () => workspace,
  path: "/sites/$site/snippet",
  component: lazyRouteComponent(() => import("@/features/sites/snippet-page"), "SnippetPage"),
});

const sitePages = [
  createRoute({
    getParentRoute: () => workspace,
    path: "/sites/$site/qa",
    component: lazyRouteComponent(() => import("@/features/qa/qa-page"), "QaPage"),
  }),
  createRoute({
    getParentRoute: () => workspace,
    path: "/sites/$site/filtered",
    component: lazyRouteComponent(() => import("@/features/filtered/filtered-page"), "FilteredPage"),
  }),
  createRoute({
    getParentRoute: () => workspace,
    path: "/sites/$site/counting",
    component: lazyRouteComponent(() => import("@/features/counting/counting-page"), "CountingPage"),
  }),
  createRoute({
    getParentRoute: () => workspace,
    path: "/sites/$site/people",
    component: lazyRouteComponent(() => import("@/features/people/people-page"), "PeoplePage"),
  }),
] as const;

const settings = createRoute({
  getParentRoute: () => workspace,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings"), "Settings"),
});

const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/w/$workspace/settings/sites", params });
  },
});

const settingsPages = [
  createRoute({
    getParentRoute: () => settings,
    path: "/sites",
    component: lazyRouteComponent(() => import("@/features/sites/sites-settings"), "SitesSettings"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/sites/$site",
    component: lazyRouteComponent(() => import("@/features/sites/site-settings"), "SiteSettings"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/conversions",
    validateSearch: (search): { site?: string } => ({
      site: typeof search.site === "string" ? search.site : undefined,
    }),
    component: lazyRouteComponent(() => import("@/features/conversions/conversions-page"), "ConversionsPage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/metrics",
    validateSearch: (search): { metric?: string } => ({
      metric: typeof search.metric === "string" ? search.metric : undefined,
    }),
    component: lazyRouteComponent(() => import("@/features/metrics/metrics-page"), "MetricsPage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/observations",
    validateSearch: (search): { series?: string } => ({
      series: typeof search.series === "string" ? search.series : undefined,
    }),
    component: lazyRouteComponent(
      () => import("@/features/observations/observations-page"),
      "ObservationsPage",
    ),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/members",
    component: lazyRouteComponent(() => import("@/features/members/members-page"), "MembersPage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/tokens",
    component: lazyRouteComponent(() => import("@/features/tokens/tokens-page"), "TokensPage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/notices",
    component: lazyRouteComponent(() => import("@/features/alerts/notices-page"), "NoticesPage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/webhooks",
    component: lazyRouteComponent(() => import("@/features/webhooks/webhooks-page"), "WebhooksPage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/workspace",
    component: lazyRouteComponent(() => import("@/features/workspace/workspace-page"), "WorkspacePage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/profile",
    component: lazyRouteComponent(() => import("@/features/user/profile-page"), "ProfilePage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/sign-ins",
    component: lazyRouteComponent(() => import("@/features/session/sign-ins-page"), "SignInsPage"),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: "/audit",
    component: lazyRouteComponent(() => import("@/features/audit/audit-page"), "AuditPage"),
  }),
] as const;

const tree = root.addChildren([
  home,
  setup,
  signIn,
  shared,
  workspace.addChildren([
    goals,
    newGoal,
    goal,
    editGoal,
    review,
    calibration,
    templates,
    objectives,
    boards,
    board,
    inbox,
    alerts,
    newSite,
    overview,
    snippet,
    ...sitePages,
    settings.addChildren([settingsIndex, ...settingsPages]),
  ]),
]);

export const routerFor = (queries: QueryClient) =>
  createRouter({ routeTree: tree, context: { queries }, defaultPreload: "intent", scrollRestoration: true });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof routerFor>;
  }
}
