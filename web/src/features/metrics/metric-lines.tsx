import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { alertLinesQuery } from "@/api/alerts";
import { call } from "@/api/client";
import type { Metric } from "@/api/dictionary";
import { workspacePath } from "@/api/queries";
import { IconPlus } from "@/ui/icons";
import { LineForm } from "@/ui/line-form";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import classes from "./metrics.module.css";

/** Lines that a metric's figures on a site should not cross. */
export function MetricLines({ metric, site }: { metric: Metric; site: string }) {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const lines = useQuery(alertLinesQuery(workspace.id));
  const [adding, { open, close }] = useDisclosure();
  const reload = () => client.invalidateQueries({ queryKey: alertLinesQuery(workspace.id).queryKey });
  const remove = useMutation({
    mutationFn: (id: string) => call("DELETE", `${workspacePath(workspace.id)}/alert-lines/${id}`),
    onSuccess: reload,
  });
  const narrowed = (filters: unknown) => Array.isArray(filters) && filters.length > 0;
  const own = lines.data?.filter(
    (line) => line.site_id === site && line.metric === metric.key && !narrowed(line.filters),
  );
  return (
    <section>
      <h3 className={classes.h3}>{t("alerts.watch.lines")}</h3>
      <ProblemAlert problem={lines.error ?? remove.error} />
      {own?.length === 0 && <p className={classes.soft}>{t("alerts.watch.none")}</p>}
      <ul className={classes.uses}>
        {own?.map((line) => {
          const text = `${t(`alerts.watch.sides.${line.side as "below"}`)} ${line.value_text}`;
          return (
            <li key={line.id}>
              <bdi>{text}</bdi>{" "}
              {canEdit && (
                <Button
                  variant="subtle"
                  color="gray"
                  size="compact-xs"
                  aria-label={`${t("common.delete")}: ${text}`}
                  onClick={() => remove.mutate(line.id)}
                >
                  {t("common.delete")}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {canEdit && (
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={15} />} onClick={open}>
          {t("alerts.watch.new")}
        </Button>
      )}
      {adding && (
        <LineForm
          on={{ site_id: site, metric: metric.key, filters: [], name: metric.name, unit: metric.unit }}
          onClose={close}
          onDone={reload}
        />
      )}
    </section>
  );
}
