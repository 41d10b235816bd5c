import { ActionIcon, Button, Menu, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { RESOURCE_KINDS, type Resource } from "@/api/goals";
import { IconDots, IconPlus } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./goals.module.css";
import { ResourceForm } from "./resource-form";
import tableClasses from "./resources.module.css";
import { type SectionProps, useGoalChange } from "./section";

const CURRENCY = /^[A-Z]{3}$/;

/** Budget, people and tools: planned and spent. */
export function Resources(props: SectionProps) {
  const { goal, f } = props;
  const { t } = useTranslation();
  const { canEdit } = useHere();
  const { path, changed } = useGoalChange(goal);
  const [editing, setEditing] = useState<Resource | "new" | null>(null);
  const remove = useMutation({
    mutationFn: (id: string) => call("DELETE", `${path}/resources/${id}`),
    onSuccess: changed,
  });
  const amount = (value: number, unit: string) =>
    CURRENCY.test(unit) ? f.money(value, unit) : `${f.number(value, 1)}${unit ? ` ${unit}` : ""}`;
  const list = [...goal.resources].sort(
    (a, b) =>
      RESOURCE_KINDS.indexOf(a.kind) - RESOURCE_KINDS.indexOf(b.kind) ||
      (a.month ?? "").localeCompare(b.month ?? ""),
  );
  return (
    <Panel className={classes.block}>
      <header className={classes.blockHead}>
        <Title order={2}>{t("goals.resource.title")}</Title>
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
      <ProblemAlert problem={remove.error} />
      {list.length === 0 && <p className={classes.lead}>{t("goals.resource.empty")}</p>}
      <ul className={classes.items}>
        {list.map((resource) => {
          const share = resource.planned > 0 ? resource.spent / resource.planned : 0;
          return (
            <li key={resource.id} className={tableClasses.resource}>
              <div>
                <bdi className={classes.itemName}>{resource.name}</bdi>
                <p className={classes.itemNote}>
                  {t(`goals.resource.kind.${resource.kind}`)}
                  {resource.month && ` · ${f.month(`${resource.month.slice(0, 7)}-01`)}`}
                </p>
              </div>
              <div className={tableClasses.spent}>
                <b>{amount(resource.spent, resource.unit)}</b>
                <span>{t("goals.resource.of", { planned: amount(resource.planned, resource.unit) })}</span>
                <div className={tableClasses.bar} data-over={share > 1 || undefined} aria-hidden="true">
                  <span style={{ width: `${Math.min(100, share * 100)}%` }} />
                </div>
              </div>
              {canEdit && (
                <div className={classes.noPrint}>
                  <Menu position="bottom-end" withinPortal>
                    <Menu.Target>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t("goals.menu.of", { name: resource.name })}
                      >
                        <IconDots size={16} />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item onClick={() => setEditing(resource)}>{t("common.edit")}</Menu.Item>
                      <Menu.Item color="red" onClick={() => remove.mutate(resource.id)}>
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
      {goal.resource_totals.length > 0 && (
        <section className={tableClasses.totals} aria-labelledby="resource-totals">
          <h3 id="resource-totals">{t("goals.resource.totals")}</h3>
          <dl>
            {goal.resource_totals.map(({ kind, unit, planned, spent }) => (
              <div key={`${kind} ${unit}`}>
                <dt>{t(`goals.resource.kind.${kind}`)}</dt>
                <dd>
                  <b>{amount(spent, unit)}</b>{" "}
                  <span>{t("goals.resource.of", { planned: amount(planned, unit) })}</span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {editing && (
        <ResourceForm
          {...props}
          resource={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </Panel>
  );
}
