import { Badge, Button, Group, Modal, Select, Skeleton, Stack, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type Template, templatesQuery } from "@/api/goals";
import { sitesQuery, workspacePath } from "@/api/queries";
import { todayIn, useFormat } from "@/ui/format";
import { TextLink } from "@/ui/links";
import { Page, ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import classes from "./templates.module.css";

/** Ready sets: KPIs of a kind of business, and what a company's objectives mean on social media. */
export function TemplatesPage() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const templates = useQuery(templatesQuery(workspace.id));
  const [chosen, setChosen] = useState<Template | null>(null);
  return (
    <Page
      title={t("goals.template.title")}
      lead={
        <>
          {t("goals.template.lead")}{" "}
          <TextLink to="/w/$workspace/objectives" params={{ workspace: workspace.id }} underline="always">
            {t("goals.template.back")}
          </TextLink>
        </>
      }
    >
      <ProblemAlert problem={templates.error} retry={() => templates.refetch()} />
      {templates.isPending && <Skeleton height={420} />}
      {(["business", "company_to_social"] as const).map((set) => (
        <section key={set} className={classes.set}>
          <Title order={2}>{t(`goals.template.set.${set}`)}</Title>
          <p>{t(`goals.template.setText.${set}`)}</p>
          <ul className={classes.cards}>
            {templates.data
              ?.filter((template) => template.set === set)
              .map((template) => (
                <li key={template.key} className={classes.card}>
                  <h3>{template.name}</h3>
                  <Contents template={template} />
                  {canEdit && (
                    <Button
                      variant="light"
                      size="sm"
                      aria-label={`${t("goals.template.use")}: ${template.name}`}
                      onClick={() => setChosen(template)}
                    >
                      {t("goals.template.use")}
                    </Button>
                  )}
                </li>
              ))}
          </ul>
        </section>
      ))}
      {chosen && <Use template={chosen} onClose={() => setChosen(null)} />}
    </Page>
  );
}

function Contents({ template }: { template: Template }) {
  const { t } = useTranslation();
  const f = useFormat();
  const change = (percent: number) =>
    `\u2066${percent > 0 ? "+" : "\u2212"}${f.percent(Math.abs(percent), 0)}\u2069`;
  return (
    <div className={classes.contents}>
      {template.objectives.map((objective) => (
        <div key={objective.name}>
          {objective.name !== template.name && <b>{objective.name}</b>}
          <ul>
            {objective.kpis.map((kpi) => (
              <li key={`${kpi.metric} ${kpi.name}`}>
                <span>{kpi.name}</span>
                {kpi.observed && (
                  <Badge size="xs" variant="light" color="gray" title={t("goals.template.enteredHint")}>
                    {t("goals.template.entered")}
                  </Badge>
                )}
                <i>{change(kpi.percent)}</i>
              </li>
            ))}
          </ul>
          {objective.outcome_name && (
            <p className={classes.outcome}>
              {t("goals.template.outcome", { outcome: objective.outcome_name })}
            </p>
          )}
        </div>
      ))}
    </div>
  );
}

function Use({ template, onClose }: { template: Template; onClose: () => void }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const sites = useQuery(sitesQuery(workspace.id));
  const [chosen, setChosen] = useState<string | null>(null);
  const site = sites.data?.find(({ id }) => id === chosen) ?? sites.data?.[0];
  const create = useMutation({
    mutationFn: () =>
      call("POST", `${workspacePath(workspace.id)}/templates/${template.key}`, {
        site_id: site?.id,
        start_date: todayIn(site?.time_zone ?? "UTC"),
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace.id] });
      await navigate({ to: "/w/$workspace/objectives", params: { workspace: workspace.id } });
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={template.name}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <p>{t("goals.template.creates")}</p>
        <Contents template={template} />
        {(sites.data?.length ?? 0) > 1 && (
          <Select
            label={t("wizard.site")}
            allowDeselect={false}
            data={sites.data?.map(({ id, domain }) => ({ value: id, label: domain })) ?? []}
            value={site?.id ?? null}
            onChange={setChosen}
          />
        )}
        <ProblemAlert problem={create.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button disabled={!site} loading={create.isPending} onClick={() => create.mutate()}>
            {t("goals.template.create")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
