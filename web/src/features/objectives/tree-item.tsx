import { ActionIcon, Avatar, Menu, Skeleton, Tooltip, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { GoalSummary } from "@/api/goals";
import { useFormat } from "@/ui/format";
import { IconChevronRight, IconDots, IconMove, IconPlus, IconTrash } from "@/ui/icons";
import { Shape, toneOf, toneOfProbability } from "@/ui/status";
import { useHere } from "@/ui/workspace";
import { type Branch, fits, mayMove } from "./tree";
import classes from "./tree.module.css";
import type { TreeState } from "./tree-view";

/** A branch with everything below it. */
export function TreeItem(props: { branch: Branch; level: number; state: TreeState }) {
  const { branch, level, state } = props;
  const open = state.isOpen(branch);
  const parent = branch.children.length > 0 || branch.unopened;
  const standing = useStanding(branch);
  const group = useId();
  return (
    <div className={classes.item} data-kind={branch.kind}>
      <Card
        branch={branch}
        level={level}
        state={state}
        standing={standing}
        group={parent ? group : undefined}
        open={open}
      />
      {parent && open && (
        // biome-ignore lint/a11y/useSemanticElements: a group of a tree, which has no element of its own.
        <div role="group" id={group} className={classes.children}>
          {branch.unopened ? (
            <div className={classes.item}>
              <Skeleton height={44} width={200} />
            </div>
          ) : (
            branch.children.map((child) => (
              <TreeItem key={child.key} branch={child} level={level + 1} state={state} />
            ))
          )}
        </div>
      )}
    </div>
  );
}

interface Standing {
  tone: string;
  text: string;
}

/** How a branch stands, as a colour and in words. */
function useStanding(branch: Branch): Standing {
  const { t } = useTranslation();
  const f = useFormat();
  const { goal, health, milestone, done } = branch;
  if (goal) {
    const over = goal.progress.days_left <= 0 || goal.probability === null;
    return {
      tone: over ? toneOf(goal.progress.status) : toneOfProbability(goal.probability),
      text: over
        ? t(`goals.status.${goal.progress.status}`)
        : t("goals.tree.chance", { probability: f.chance(goal.probability ?? 0) }),
    };
  }
  if (milestone) {
    const tone =
      milestone === "missed" ? "bad" : milestone === "met" || milestone === "met_late" ? "good" : "calm";
    return { tone, text: t(`goals.milestone.state.${milestone}`) };
  }
  if (branch.kind === "work") {
    return { tone: done ? "good" : "calm", text: done ? t("goals.health.done") : t("goals.tree.open") };
  }
  return { tone: toneOf(health ?? "unknown"), text: t(`goals.health.${health ?? "unknown"}`) };
}

function Card(props: {
  branch: Branch;
  level: number;
  state: TreeState;
  standing: Standing;
  /** The element with what hangs below it; none where nothing can. */
  group: string | undefined;
  open: boolean;
}) {
  const { branch, state, standing, group, open } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const [over, setOver] = useState(false);
  const { dragged } = state;
  const takes = dragged !== null && mayMove(dragged, branch);
  const movable = state.canEdit && (branch.node !== undefined || branch.goal !== undefined);
  const owner = state.ownerOf(branch.owner);
  const tabIndex = state.active === branch.key ? 0 : -1;
  return (
    <div
      role="treeitem"
      data-key={branch.key}
      aria-level={props.level}
      aria-expanded={group ? open : undefined}
      aria-owns={group && open ? group : undefined}
      aria-selected={state.active === branch.key}
      tabIndex={tabIndex}
      className={classes.card}
      data-tone={standing.tone}
      data-takes={takes || undefined}
      data-over={(takes && over) || undefined}
      data-dragged={dragged?.key === branch.key || undefined}
      draggable={movable}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", branch.name);
        // Changing the page while the drag begins would end it.
        requestAnimationFrame(() => state.setDragged(branch));
      }}
      onDragEnd={() => state.setDragged(null)}
      onDragOver={(event) => {
        if (!takes) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (dragged && takes) state.actions.move(dragged, branch);
        state.setDragged(null);
      }}
    >
      <div className={classes.cardHead}>
        {group && (
          // The mouse's way to what the arrow keys do.
          <UnstyledButton
            className={classes.toggle}
            data-open={open || undefined}
            tabIndex={-1}
            aria-hidden="true"
            onClick={() => state.toggle(branch)}
          >
            <IconChevronRight size={14} />
          </UnstyledButton>
        )}
        <span>{t(`goals.tree.kind.${branch.kind}`)}</span>
        {branch.health && branch.health !== "unknown" && (
          <b className={classes.mark}>
            <Shape of={branch.health} /> {standing.text}
          </b>
        )}
        {branch.goal && <b className={classes.mark}>{standing.text}</b>}
        {!branch.health && !branch.goal && <b className={classes.mark}>{standing.text}</b>}
      </div>
      {branch.goal ? (
        <Link
          to="/w/$workspace/goals/$goal"
          params={{ workspace: workspace.id, goal: branch.id }}
          className={classes.name}
          tabIndex={tabIndex}
          draggable={false}
        >
          <bdi>{branch.name}</bdi>
        </Link>
      ) : (
        <bdi className={classes.name}>{branch.name}</bdi>
      )}
      {branch.node?.standing?.reason && <p className={classes.reason}>{branch.node.standing.reason}</p>}
      {branch.date && <p className={classes.reason}>{f.date(branch.date, "short")}</p>}
      {branch.goal && <Milestone {...branch.goal.milestone_summary} />}
      {(owner || movable) && (
        <div className={classes.cardFoot}>
          {owner && (
            <Tooltip label={owner}>
              <Avatar
                size={22}
                name={owner}
                aria-label={owner}
                classNames={{ placeholder: classes.avatar }}
              />
            </Tooltip>
          )}
          {movable && <Actions branch={branch} state={state} tabIndex={tabIndex} />}
        </div>
      )}
    </div>
  );
}

/** The milestone that a goal missed, or else its next one. */
function Milestone({ missed, next }: GoalSummary["milestone_summary"]) {
  const { t } = useTranslation();
  const f = useFormat();
  const one = missed ?? next;
  if (!one) return null;
  return (
    <p className={classes.reason} data-missed={missed ? true : undefined}>
      {t(missed ? "goals.tree.missed" : "goals.tree.next", {
        name: one.name,
        date: f.date(one.date, "short"),
      })}
    </p>
  );
}

function Actions({ branch, state, tabIndex }: { branch: Branch; state: TreeState; tabIndex: number }) {
  const { t } = useTranslation();
  const { actions } = state;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          tabIndex={tabIndex}
          className={classes.actions}
          aria-label={t("goals.menu.of", { name: branch.name })}
        >
          <IconDots size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {branch.node &&
          (["objective", "kpi", "goal"] as const)
            .filter((kind) => fits(kind, branch.kind))
            .map((kind) => (
              <Menu.Item
                key={kind}
                leftSection={<IconPlus size={15} />}
                onClick={() => actions.add(branch, kind)}
              >
                {t(`goals.tree.add.${kind}`)}
              </Menu.Item>
            ))}
        {branch.node && <Menu.Item onClick={() => actions.edit(branch)}>{t("common.edit")}</Menu.Item>}
        <Menu.Item leftSection={<IconMove size={15} />} onClick={() => actions.ask(branch)}>
          {t("goals.tree.move")}
        </Menu.Item>
        {branch.node && (
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => actions.remove(branch)}>
            {t("common.delete")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
