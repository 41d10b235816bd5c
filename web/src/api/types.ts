import type { components } from "./schema.gen";

// The shapes of /api/v1 as screens use them: the server's own description, with the words that a
// field can hold where the description says no more than "text".

type Schemas = components["schemas"];
type Narrowed<Name extends keyof Schemas, Fields> = Omit<Schemas[Name], keyof Fields> & Fields;

export type Locale = "en" | "fi" | "fa";
export type Role = "owner" | "admin" | "editor" | "viewer";
export type Scope = "events:write" | "stats:read" | "admin";
export type Letter = "S" | "M" | "A" | "R" | "T";
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
export type Token = Narrowed<"TokenBody", { scopes: Scope[] }>;
export type AuditEntry = Schemas["AuditEntry"];

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}
