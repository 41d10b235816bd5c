import { ActionIcon, Anchor, Button, Checkbox, Menu, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ComponentType, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import type { Work, WorkKind } from "@/api/goals";
import {
  IconArticle,
  IconCheckbox,
  IconDots,
  IconFlask,
  IconLink,
  IconMessage,
  IconPlus,
  IconSpeakerphone,
} from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./goals.module.css";
import { type SectionProps, useGoalChange } from "./section";
import { WorkForm } from "./work-form";

const ICON: Record<WorkKind, ComponentType<{ size?: number }>> = {
  campaign: IconSpeakerphone,
  experiment: IconFlask,
  content: IconArticle,
  post: IconMessage,
  task: IconCheckbox,
};

/** What is being done for the goal. The bars below the chart are the same. */
export function WorkList(props: SectionProps) {
  const { goal, f, today, people } = props;
  const { t } = useTranslation();
  const { canEdit } = useHere();
  const { path, changed } = useGoalChange(goal);
  const [editing, setEditing] = useState<Work | "new" | null>(null);
  const finish = useMutation({
    mutationFn: ({ id, done }: { id: string; done: boolean }) =>
      call("PATCH", `${path}/work/${id}`, { done_on: done ? today : null }),
    onSuccess: changed,
  });
  const remove = useMutation({
    mutationFn: (id: string) => call("DELETE", `${path}/work/${id}`),
    onSuccess: changed,
  });
  const list = [...goal.work].sort(
    (a, b) =>
      Number(a.done_on !== null) - Number(b.done_on !== null) || a.start_date.localeCompare(b.start_date),
  );
  return (
    <Panel className={classes.block}>
      <header className={classes.blockHead}>
        <Title order={2}>{t("goals.work.title")}</Title>
        {canEdit && (
          <Button
            className={classes.noPrint}
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={15} />}
            onClick={() => setEditing("new")}
          >
            {t("common.add")}
          </Button>
        )}
      </header>
      <ProblemAlert problem={finish.error ?? remove.error} />
      {list.length === 0 && <p className={classes.lead}>{t("goals.work.empty")}</p>}
      <ul className={classes.items}>
        {list.map((work) => {
          const Icon = ICON[work.kind] ?? IconCheckbox;
          const late = !work.done_on && work.end_date < today;
          const owner = people.find(({ value }) => value === work.owner_id)?.label;
          return (
            <li key={work.id} className={classes.item} data-done={work.done_on !== null || undefined}>
              <Checkbox
                checked={work.done_on !== null}
                disabled={!canEdit}
                aria-label={t("goals.work.done", { name: work.name })}
                onChange={(event) => finish.mutate({ id: work.id, done: event.currentTarget.checked })}
              />
              <div>
                <bdi className={classes.itemName}>{work.name}</bdi>{" "}
                {work.url && (
                  <Anchor
                    href={work.url}
                    target="_blank"
                    rel="noreferrer"
                    className={classes.noPrint}
                    aria-label={t("goals.work.open", { name: work.name })}
                  >
                    <IconLink size={14} />
                  </Anchor>
                )}
                <p className={classes.itemNote}>
                  <Icon size={14} /> {t(`goals.work.kind.${work.kind}`)}
                  {" · "}
                  {f.day(work.start_date)} – {f.day(work.end_date)}
                  {owner && ` · ${owner}`}
                  {late && (
                    <>
                      {" · "}
                      <span data-state="missed">{t("goals.work.late")}</span>
                    </>
                  )}
                </p>
                {work.note && (
                  <p className={classes.itemNote} dir="auto">
                    {work.note}
                  </p>
                )}
              </div>
              {canEdit && (
                <div className={classes.noPrint}>
                  <Menu position="bottom-end" withinPortal>
                    <Menu.Target>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t("goals.menu.of", { name: work.name })}
                      >
                        <IconDots size={16} />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item onClick={() => setEditing(work)}>{t("common.edit")}</Menu.Item>
                      <Menu.Item color="red" onClick={() => remove.mutate(work.id)}>
                        {t("common.delete")}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </div>
              )}
            </li>
          );
        })}
      </ul>
      {editing && (
        <WorkForm {...props} work={editing === "new" ? null : editing} onClose={() => setEditing(null)} />
      )}
    </Panel>
  );
}
