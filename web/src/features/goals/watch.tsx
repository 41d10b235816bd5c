import { Button, Select, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type AlertLine, goalAlertsQuery, goalWatchQuery } from "@/api/alerts";
import { call } from "@/api/client";
import { workspacePath } from "@/api/queries";
import { IconPlus } from "@/ui/icons";
import { LineForm } from "@/ui/line-form";
import { TextLink } from "@/ui/links";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import classes from "./goals.module.css";
import { type SectionProps, useGoalChange } from "./section";

/** The workspace's line, by its word in the choice. */
const USUAL = "usual";
const STEPS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** What deviates, and from where on people are told. */
export function Watch({ goal, f }: SectionProps) {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const { path } = useGoalChange(goal);
  const watch = useQuery(goalWatchQuery(workspace.id, goal.id));
  const alerts = useQuery(goalAlertsQuery(workspace.id, goal.id));
  const [adding, { open, close }] = useDisclosure();
  const reload = () => client.invalidateQueries({ queryKey: goalWatchQuery(workspace.id, goal.id).queryKey });
  const line = useMutation({
    mutationFn: (probability_line: number | null) => call("PATCH", `${path}/watch`, { probability_line }),
    onSuccess: reload,
  });
  const remove = useMutation({
    mutationFn: (id: string) => call("DELETE", `${workspacePath(workspace.id)}/alert-lines/${id}`),
    onSuccess: reload,
  });
  const own = watch.data?.probability_line ?? null;
  const told = (share: number) => (share === 0 ? t("alerts.watch.never") : f.percent(share * 100, 0));
  const steps = own === null || STEPS.includes(own) ? STEPS : [...STEPS, own].sort((a, b) => a - b);
  const open_alerts = alerts.data?.items ?? [];
  return (
    <Panel className={classes.block} aria-labelledby="watch">
      <header className={classes.blockHead}>
        <Title order={2} id="watch">
          {t("alerts.title")}
        </Title>
        {canEdit && (
          <div className={classes.noPrint}>
            <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} />} onClick={open}>
              {t("alerts.watch.new")}
            </Button>
          </div>
        )}
      </header>
      <ProblemAlert problem={watch.error ?? alerts.error ?? line.error ?? remove.error} />
      {open_alerts.length === 0 && <p className={classes.lead}>{t("alerts.watch.quiet")}</p>}
      <ul className={classes.items}>
        {open_alerts.map((alert) => (
          <li key={alert.id} className={classes.item}>
            <span aria-hidden="true" className={classes.alertMark} data-bad={alert.bad || undefined} />
            <div>
              <bdi className={classes.itemName}>{alert.headline}</bdi>
              {alert.drivers.map((text) => (
                <p key={text} className={classes.itemNote}>
                  {text}
                </p>
              ))}
              <p className={classes.itemNote}>
                {t("alerts.since", { day: f.date(alert.since, "short") })}
                {alert.state !== "open" && ` · ${t(`alerts.state.${alert.state as "snoozed"}`)}`}
                {" · "}
                <TextLink to="/w/$workspace/alerts" params={{ workspace: workspace.id }} size="sm">
                  {t("alerts.watch.handle")}
                </TextLink>
              </p>
            </div>
          </li>
        ))}
        {watch.data?.lines.map((one) => (
          <Line key={one.id} line={one} remove={canEdit ? () => remove.mutate(one.id) : undefined} />
        ))}
      </ul>
      {watch.data && (
        <Select
          className={classes.noPrint}
          mt="sm"
          maw={360}
          size="sm"
          allowDeselect={false}
          disabled={!canEdit || line.isPending}
          label={t("alerts.watch.probability")}
          data={[
            {
              value: USUAL,
              label: t("alerts.watch.usual", { line: told(watch.data.usual_probability_line) }),
            },
            ...steps.map((share) => ({ value: String(share), label: told(share) })),
          ]}
          value={own === null ? USUAL : String(own)}
          onChange={(value) => line.mutate(value === USUAL || value === null ? null : Number(value))}
        />
      )}
      {adding && (
        <LineForm
          on={{
            site_id: goal.site_id,
            metric: goal.metric,
            filters: goal.filters,
            name: goal.metric_name,
            unit: goal.unit,
          }}
          onClose={close}
          onDone={reload}
        />
      )}
    </Panel>
  );
}

function Line({ line, remove }: { line: AlertLine; remove?: () => void }) {
  const { t } = useTranslation();
  const text = t(`alerts.watch.told.${line.side as "below"}`, { name: line.name, value: line.value_text });
  return (
    <li className={classes.item}>
      <span aria-hidden="true" className={classes.alertMark} />
      <bdi className={classes.itemNote}>{text}</bdi>
      {remove && (
        <Button
          className={classes.noPrint}
          variant="subtle"
          color="gray"
          size="compact-xs"
          aria-label={`${t("common.delete")}: ${text}`}
          onClick={remove}
        >
          {t("common.delete")}
        </Button>
      )}
    </li>
  );
}
