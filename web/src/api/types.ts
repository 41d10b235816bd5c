// The shapes of /api/v1, as screens use them.

export type Locale = "en" | "fi" | "fa";
export type Role = "owner" | "admin" | "editor" | "viewer";

export interface Setup {
  needs_owner: boolean;
  sample: boolean;
  version: string;
  /** How to sign in to the demo. */
  demo_sign_in?: { email: string; password: string };
}

export interface User {
  id: string;
  email: string;
  name: string;
  locale: Locale;
}

export interface Workspace {
  id: string;
  name: string;
  role: Role;
  sample: boolean;
}

export interface Session {
  user: User;
  workspaces: Workspace[];
}

export interface SignIn {
  id: string;
  created_at: string;
  last_seen_at: string;
  user_agent: string | null;
  current: boolean;
}

export interface Member {
  user_id: string;
  email: string;
  name: string;
  role: Role;
}

export interface Site {
  id: string;
  number: number;
  domain: string;
  name: string;
  time_zone: string;
  currency: string;
  business_type: string;
  created_at: string;
  keys: Record<string, string>;
  secrets: Record<string, string>;
  retention_days: number | null;
  snippet: string;
}

export interface SiteStatus {
  first_event_at?: string | null;
  last_event_at?: string | null;
  visitors_now: number;
  events_last_30_minutes: number;
}

export interface Conversion {
  id: string;
  display_name: string;
  kind: "page" | "event";
  page_pattern?: string | null;
  event_name?: string | null;
  revenue: boolean;
  currency?: string | null;
}

export interface Objective {
  id: string;
  name: string;
  description: string;
  owner_id?: string | null;
}

export type FilterOperator = "is" | "is_not" | "contains" | "contains_not" | "matches" | "matches_not";
export type Filter = [FilterOperator, string, string[]];

export type GoalKind = "total" | "level";
export type GoalStatus = "not_started" | "on_track" | "behind" | "ahead" | "reached" | "missed";

export interface GoalWords {
  specific: string;
  measurable: string;
  achievable: string;
  relevant: string;
  time_bound: string;
}

export interface GoalDraft {
  name: string;
  site_id: string;
  metric: string;
  filters: Filter[];
  target_kind: "absolute" | "percent";
  target_input: number;
  start_date: string;
  deadline: string;
  owner_id: string | null;
  objective_id: string | null;
  words: GoalWords;
}

export interface PathPoint {
  date: string;
  expected: number;
  actual: number | null;
}

export interface GoalProgress {
  status: GoalStatus;
  actual: number | null;
  expected: number;
  progress_share: number;
  expected_share: number;
  days_left: number;
  days_total: number;
  as_of: string;
  /** Why it could not be measured, when it could not. */
  trouble?: string;
}

export interface Goal extends GoalDraft {
  id: string;
  /** Grows with each write. */
  version: number;
  sentence: string;
  kind: GoalKind;
  baseline_value: number;
  baseline_from: string;
  baseline_to: string;
  target_value: number;
  currency?: string | null;
  progress: GoalProgress;
  path: PathPoint[];
}

export type Letter = "S" | "M" | "A" | "R" | "T";

export interface GoalCheck {
  letter: Letter;
  code: string;
  ok: boolean;
  text: string;
}

export interface GoalPreview {
  sentence: string;
  kind?: GoalKind;
  baseline: { value: number; from: string; to: string; days: number };
  target_value: number;
  expected_path: { date: string; value: number }[];
  checks: GoalCheck[];
}

export type Scope = "events:write" | "stats:read" | "admin";

export interface Token {
  id: string;
  name: string;
  scopes: Scope[];
  prefix: string;
  created_at: string;
  last_used_at?: string | null;
  /** Present once, in the answer that creates it. */
  token?: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  action: string;
  target: string;
  detail: unknown;
}

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}
