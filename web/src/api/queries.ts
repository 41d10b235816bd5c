import { queryOptions } from "@tanstack/react-query";
import { call, Problem } from "./client";
import type {
  AuditEntry,
  Conversion,
  Member,
  Page,
  Session,
  Setup,
  SignIn,
  Site,
  SiteKey,
  SiteStatus,
  Token,
} from "./types";

const list =
  <T>(path: string) =>
  async ({ signal }: { signal: AbortSignal }) =>
    (await call<Page<T>>("GET", path, undefined, signal)).items;

export const workspacePath = (workspace: string) => `/api/v1/workspaces/${workspace}`;
export const sitePath = (workspace: string, site: string) => `${workspacePath(workspace)}/sites/${site}`;

export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: ({ signal }) => call<Setup>("GET", "/api/v1/setup", undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Who is signed in, or `null`. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await call<Session>("GET", "/api/v1/session", undefined, signal);
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401) return null;
      throw problem;
    }
  },
  staleTime: 5 * 60_000,
});

export const sitesQuery = (workspace: string) =>
  queryOptions({ queryKey: [workspace, "sites"], queryFn: list<Site>(`${workspacePath(workspace)}/sites`) });

export const siteStatusQuery = (workspace: string, site: string) =>
  queryOptions({
    queryKey: [workspace, "sites", site, "status"],
    queryFn: ({ signal }) =>
      call<SiteStatus>("GET", `${sitePath(workspace, site)}/status`, undefined, signal),
  });

export const conversionsQuery = (workspace: string, site: string) =>
  queryOptions({
    queryKey: [workspace, "sites", site, "conversions"],
    queryFn: list<Conversion>(`${sitePath(workspace, site)}/conversions`),
  });

export const membersQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "members"],
    queryFn: list<Member>(`${workspacePath(workspace)}/members`),
  });

export const siteKeysQuery = (workspace: string, site: string) =>
  queryOptions({
    queryKey: [workspace, "site-keys", site],
    queryFn: list<SiteKey>(`${sitePath(workspace, site)}/keys`),
  });

export const tokensQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "tokens"],
    queryFn: list<Token>(`${workspacePath(workspace)}/tokens`),
  });

export const signInsQuery = queryOptions({
  queryKey: ["sign-ins"],
  queryFn: list<SignIn>("/api/v1/sessions"),
});

/** One page of the audit log; an empty cursor is the newest page. */
export const auditPage = (workspace: string, cursor: string, signal: AbortSignal) =>
  call<Page<AuditEntry>>(
    "GET",
    `${workspacePath(workspace)}/audit${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`,
    undefined,
    signal,
  );
