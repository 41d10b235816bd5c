import { ActionIcon, Button, Menu, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Milestone } from "@/api/goals";
import { IconCheck, IconDots, IconPlus, IconScissors } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./goals.module.css";
import { MilestoneForm } from "./milestone-form";
import { type SectionProps, useGoalChange } from "./section";

const CUTS = [
  { key: "monthly", how: "monthly", parts: null },
  { key: "gain4", how: "equal_gain", parts: 4 },
  { key: "time4", how: "equal_time", parts: 4 },
] as const;

/** Points on the way: what should stand by when, and which were missed. */
export function Milestones(props: SectionProps) {
  const { goal, f, today } = props;
  const { t } = useTranslation();
  const { canEdit } = useHere();
  const { path, changed } = useGoalChange(goal);
  const [editing, setEditing] = useState<Milestone | "new" | null>(null);
  const change = useMutation({
    mutationFn: ({ method, at, body }: { method: "POST" | "PATCH" | "DELETE"; at: string; body?: object }) =>
      call(method, `${path}/milestones${at}`, body),
    onSuccess: changed,
  });
  // A mean or a ratio is compared with its target all the way: there is no gain to cut.
  const flat = goal.counting.kind === "mean" || goal.counting.kind === "ratio";
  const cuts = CUTS.filter(({ how }) => !(flat && how === "equal_gain"));
  const list = [...goal.milestones].sort((a, b) => a.date.localeCompare(b.date));
  return (
    <Panel className={classes.block}>
      <header className={classes.blockHead}>
        <Title order={2}>{t("goals.milestone.many")}</Title>
        {canEdit && (
          <div className={classes.noPrint}>
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <Button variant="subtle" size="compact-sm" leftSection={<IconScissors size={15} />}>
                  {t("goals.milestone.cut")}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>{t("goals.milestone.cutLabel")}</Menu.Label>
                {cuts.map(({ key, how, parts }) => (
                  <Menu.Item
                    key={key}
                    onClick={() =>
                      change.mutate({ method: "POST", at: "/cut", body: parts ? { how, parts } : { how } })
                    }
                  >
                    {t(`goals.milestone.cuts.${key}`)}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <Button
              variant="subtle"
              size="compact-sm"
              leftSection={<IconPlus size={15} />}
              onClick={() => setEditing("new")}
            >
              {t("common.add")}
            </Button>
          </div>
        )}
      </header>
      <ProblemAlert problem={change.error} />
      {list.length === 0 && <p className={classes.lead}>{t("goals.milestone.empty")}</p>}
      <ol className={classes.items}>
        {list.map((milestone) => {
          const met = milestone.state === "met" || milestone.state === "met_late";
          return (
            <li key={milestone.id} className={classes.item}>
              <Mark state={milestone.state} />
              <div>
                <bdi className={classes.itemName}>{milestone.name}</bdi>
                <p className={classes.itemNote}>
                  {f.date(milestone.date, "short")}
                  {milestone.value !== null && ` · ${f.amount(goal.unit, milestone.value)}`}
                  {" · "}
                  <span data-state={milestone.state}>
                    {met && milestone.met_on
                      ? t("goals.milestone.metOn", { date: f.day(milestone.met_on) })
                      : t(`goals.milestone.state.${milestone.state}`)}
                  </span>
                </p>
              </div>
              {canEdit && (
                <div className={classes.noPrint}>
                  <Menu position="bottom-end" withinPortal>
                    <Menu.Target>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t("goals.menu.of", { name: milestone.name })}
                      >
                        <IconDots size={16} />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item
                        leftSection={<IconCheck size={15} />}
                        onClick={() =>
                          change.mutate({
                            method: "PATCH",
                            at: `/${milestone.id}`,
                            body: { met_on: met ? null : today },
                          })
                        }
                      >
                        {met ? t("goals.milestone.unmark") : t("goals.milestone.mark")}
                      </Menu.Item>
                      <Menu.Item onClick={() => setEditing(milestone)}>{t("common.edit")}</Menu.Item>
                      <Menu.Item
                        color="red"
                        onClick={() => change.mutate({ method: "DELETE", at: `/${milestone.id}` })}
                      >
                        {t("common.delete")}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </div>
              )}
            </li>
          );
        })}
      </ol>
      {editing && (
        <MilestoneForm
          {...props}
          milestone={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </Panel>
  );
}

/** The same diamond as on the chart. */
function Mark({ state }: { state: Milestone["state"] }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      aria-hidden="true"
      className={classes.mark}
      data-state={state}
    >
      <path d="M8 1.8 14.2 8 8 14.2 1.8 8z" strokeWidth="1.8" strokeLinejoin="round" />
    </svg>
  );
}
