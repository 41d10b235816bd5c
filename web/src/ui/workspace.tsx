import { createContext, useContext } from "react";
import type { Role, Session, Workspace } from "@/api/types";

export interface Here {
  session: Session;
  workspace: Workspace;
  /** May change goals, objectives and conversions. */
  canEdit: boolean;
  /** May change sites, members and tokens. */
  canAdmin: boolean;
}

const RANK: Record<Role, number> = { viewer: 0, editor: 1, admin: 2, owner: 3 };

const Context = createContext<Here | null>(null);
export const WorkspaceProvider = Context.Provider;

export function hereOf(session: Session, workspace: Workspace): Here {
  return {
    session,
    workspace,
    canEdit: RANK[workspace.role] >= RANK.editor,
    canAdmin: RANK[workspace.role] >= RANK.admin,
  };
}

/** The signed-in person and the workspace on screen. */
export function useHere(): Here {
  const here = useContext(Context);
  if (!here) throw new Error("useHere is used outside of a workspace");
  return here;
}
