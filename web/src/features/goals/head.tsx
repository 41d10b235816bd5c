import { ActionIcon, Menu, Modal, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ObjectiveNode } from "@/api/goals";
import type { Site } from "@/api/types";
import { IconDots, IconNote, IconPrinter, IconSettings, IconTrash } from "@/ui/icons";
import { TextLink } from "@/ui/links";
import { StatusPill } from "@/ui/status";
import { useHere } from "@/ui/workspace";
import { AnnotationForm } from "./annotation-form";
import { DeleteGoal } from "./delete-goal";
import classes from "./goals.module.css";
import type { SectionProps } from "./section";

/** The sentence, whose it is and what it serves, and what can be done with the whole goal. */
export function GoalHead(
  props: SectionProps & { site: Site | undefined; objective: ObjectiveNode | undefined },
) {
  const { goal, site, objective, people } = props;
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const navigate = useNavigate();
  const [deleting, remove] = useDisclosure();
  const [noting, note] = useDisclosure();
  const owner = people.find(({ value }) => value === goal.owner_id)?.label;
  const params = { workspace: workspace.id, goal: goal.id };
  return (
    <header className={classes.heroHead}>
      <div>
        <div className={classes.eyebrow}>
          <StatusPill status={goal.progress.status} />
          {goal.name && goal.name !== goal.sentence && <bdi>{goal.name}</bdi>}
          {objective && (
            <TextLink to="/w/$workspace/objectives" params={{ workspace: workspace.id }} size="sm" c="dimmed">
              <bdi>{objective.name}</bdi>
            </TextLink>
          )}
          {site && <bdi>{site.name || site.domain}</bdi>}
          <span>{owner ?? t("goal.noOwner")}</span>
        </div>
        <Title order={1} className={`${classes.sentence} ${classes.large}`}>
          {goal.sentence}
        </Title>
      </div>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="default"
            size="lg"
            className={classes.noPrint}
            aria-label={t("goals.menu.label")}
          >
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPrinter size={16} />} onClick={() => window.print()}>
            {t("goals.menu.print")}
          </Menu.Item>
          {canEdit && (
            <>
              <Menu.Item leftSection={<IconNote size={16} />} onClick={note.open}>
                {t("goals.menu.note")}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconSettings size={16} />}
                onClick={() => navigate({ to: "/w/$workspace/goals/$goal/edit", params })}
              >
                {t("goal.edit")}
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={remove.open}>
                {t("goal.delete")}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={deleting}
        onClose={remove.close}
        title={t("goal.delete")}
        closeButtonProps={{ "aria-label": t("common.close") }}
      >
        <DeleteGoal goal={goal.id} onClose={remove.close} />
      </Modal>
      {noting && <AnnotationForm {...props} onClose={note.close} />}
    </header>
  );
}
