import { useQueries } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type GoalSummary, goalQuery, type ObjectiveNode } from "@/api/goals";
import { directionOf } from "@/ui/i18n";
import { useHere } from "@/ui/workspace";
import { type Branch, find, grow, mayMove, visible } from "./tree";
import classes from "./tree.module.css";
import { TreeItem } from "./tree-item";

export interface TreeActions {
  /** Opens what can be changed of a branch. */
  edit: (branch: Branch) => void;
  add: (parent: Branch, kind: "objective" | "kpi" | "goal") => void;
  /** Asks where a branch should hang instead. */
  ask: (branch: Branch) => void;
  move: (branch: Branch, to: Branch | null) => void;
  remove: (branch: Branch) => void;
}

/** What every branch of the tree is given. */
export interface TreeState {
  active: string | null;
  isOpen: (branch: Branch) => boolean;
  toggle: (branch: Branch) => void;
  dragged: Branch | null;
  setDragged: (branch: Branch | null) => void;
  ownerOf: (id: string | null) => string | undefined;
  actions: TreeActions;
  canEdit: boolean;
}

/** The objective tree as a picture: to be read, and changed by mouse or keyboard. */
export function TreeView(props: {
  nodes: ObjectiveNode[];
  goals: GoalSummary[];
  ownerOf: (id: string | null) => string | undefined;
  actions: TreeActions;
}) {
  const { nodes, goals, ownerOf, actions } = props;
  const { t, i18n } = useTranslation();
  const { workspace, canEdit } = useHere();
  const navigate = useNavigate();
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  // Objectives and KPIs begin open, goals closed: their milestones and work are asked for when wanted.
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [dragged, setDragged] = useState<Branch | null>(null);
  const opened = goals.filter(({ id }) => turned.has(`goal ${id}`));
  const details = useQueries({
    queries: opened.map(({ id }) => goalQuery(workspace.id, id)),
    combine: (answers) => new Map(answers.flatMap(({ data }) => (data ? [[data.id, data] as const] : []))),
  });
  const tree = useMemo(() => grow(nodes, goals, details), [nodes, goals, details]);
  const isOpen = ({ key, kind }: Branch) => (kind === "goal" ? turned.has(key) : !turned.has(key));
  const toggle = ({ key }: Branch) =>
    setTurned((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  const shown = visible(tree, isOpen);
  const current =
    active !== null && shown.some(({ key }) => key === active) ? active : (shown[0]?.key ?? null);
  const focus = (branch: Branch | undefined) => {
    if (!branch) return;
    setActive(branch.key);
    box.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(branch.key)}"]`)?.focus();
  };
  const hasChildren = (branch: Branch) => branch.children.length > 0 || (branch.unopened ?? false);

  const onKeyDown = (event: KeyboardEvent) => {
    const branch = current === null ? undefined : find(tree, current);
    // Keys of a button or link inside an item are that element's own.
    if (!branch || (event.target as HTMLElement).getAttribute("role") !== "treeitem") return;
    const at = shown.findIndex(({ key }) => key === branch.key);
    const inward = directionOf(i18n.language) === "rtl" ? "ArrowLeft" : "ArrowRight";
    const outward = inward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const keys: Record<string, () => void> = {
      ArrowDown: () => focus(shown[at + 1]),
      ArrowUp: () => focus(shown[at - 1]),
      Home: () => focus(shown[0]),
      End: () => focus(shown.at(-1)),
      [inward]: () => {
        if (hasChildren(branch) && !isOpen(branch)) toggle(branch);
        else focus(branch.children[0]);
      },
      [outward]: () => {
        if (hasChildren(branch) && isOpen(branch) && branch.children.length > 0) toggle(branch);
        else focus(shown.find(({ id, kind }) => id === branch.parent && kind !== "milestone"));
      },
      Enter: () => {
        if (branch.kind === "goal")
          navigate({ to: "/w/$workspace/goals/$goal", params: { workspace: workspace.id, goal: branch.id } });
        else if (branch.node && canEdit) actions.edit(branch);
      },
      m: () => {
        if (canEdit && (branch.node || branch.goal)) actions.ask(branch);
      },
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  const state: TreeState = {
    active: current,
    isOpen,
    toggle,
    dragged,
    setDragged,
    ownerOf,
    actions,
    canEdit,
  };
  return (
    <div className={classes.scroll}>
      {dragged && mayMove(dragged, null) && (
        // biome-ignore lint/a11y/noStaticElementInteractions: dropping is the mouse's way; the keyboard's is the list of places.
        <div
          className={classes.top}
          onDragOver={(event) => event.preventDefault()}
          onDrop={() => {
            actions.move(dragged, null);
            setDragged(null);
          }}
        >
          {t("goals.tree.top")}
        </div>
      )}
      <div
        ref={box}
        role="tree"
        aria-label={t("objective.title")}
        className={classes.tree}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const key = (event.target as HTMLElement).closest<HTMLElement>("[data-key]")?.dataset.key;
          if (key) setActive(key);
        }}
      >
        {tree.map((branch) => (
          <TreeItem key={branch.key} branch={branch} level={1} state={state} />
        ))}
      </div>
    </div>
  );
}
