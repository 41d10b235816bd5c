import type { components } from "./schema.gen";

// The shapes of /api/v1 as screens use them: the server's own description, with the words that a
// field can hold where the description says no more than "text".

type Schemas = components["schemas"];
type Narrowed<Name extends keyof Schemas, Fields> = Omit<Schemas[Name], keyof Fields> & Fields;

export type Locale = "en" | "fi" | "fa";
export type Role = "owner" | "admin" | "editor" | "viewer";
export type Scope = "events:write" | "stats:read" | "admin";
export type Letter = "S" | "M" | "A" | "R" | "T";
export type GoalKind = "total" | "level";
export type GoalStatus = "not_started" | "on_track" | "behind" | "ahead" | "reached" | "missed";
export type FilterOperator = "is" | "is_not" | "contains" | "contains_not" | "matches" | "matches_not";
export type Filter = [FilterOperator, string, string[]];

export type Setup = Schemas["Setup"];
export type User = Narrowed<"UserBody", { locale: Locale }>;
export type Workspace = Narrowed<"WorkspaceBody", { role: Role }>;
export type Session = Narrowed<"SessionBody", { user: User; workspaces: Workspace[] }>;
export type SignIn = Schemas["SignIn"];
export type Member = Narrowed<"MemberBody", { role: Role }>;
export type Site = Schemas["SiteBody"];
export type SiteKey = Schemas["KeyBody"];
export type SiteStatus = Schemas["SiteStatus"];
export type Conversion = Narrowed<"ConversionBody", { kind: "page" | "event" }>;
export type Objective = Schemas["ObjectiveBody"];
export type Token = Narrowed<"TokenBody", { scopes: Scope[] }>;
export type AuditEntry = Schemas["AuditEntry"];

export type GoalWords = Schemas["WordsBody"];
export type GoalDraft = Required<
  Narrowed<
    "GoalDraft",
    {
      filters: Filter[];
      target_kind: "absolute" | "percent";
      owner_id: string | null;
      objective_id: string | null;
    }
  >
>;
export type PathPoint = Narrowed<"PathPoint", { actual: number | null }>;
export type GoalProgress = Narrowed<"ProgressBody", { status: GoalStatus; actual: number | null }>;
export type Goal = Narrowed<
  "GoalBody",
  {
    filters: Filter[];
    kind: GoalKind;
    target_kind: "absolute" | "percent";
    owner_id: string | null;
    objective_id: string | null;
    progress: GoalProgress;
    path: PathPoint[];
  }
>;
export type GoalCheck = Narrowed<"CheckBody", { letter: Letter }>;
export type GoalPreview = Narrowed<"PreviewBody", { kind: GoalKind; checks: GoalCheck[] }>;

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}
