import { useTranslation } from "react-i18next";
import { useSiteStatus } from "@/api/live";
import { useFormat } from "@/ui/format";
import { IconAlert, IconCheck } from "@/ui/icons";
import { useHere } from "@/ui/workspace";
import { isComplete } from "./draft";
import { FirstFigure } from "./first-figure";
import type { StepProps } from "./goal-wizard";
import { OwnWords } from "./own-words";
import { Past } from "./past";
import classes from "./wizard.module.css";

/** M: the figure's own past, and whether data for it arrives. */
export function MeasurableStep(props: StepProps) {
  const { draft, change, site, preview, metric } = props;
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const { workspace } = useHere();
  const status = useSiteStatus(workspace.id, site.id);
  const last = status?.last_event_at;
  return (
    <>
      {isComplete(draft, "S") && metric ? (
        <Past {...props} metric={metric} />
      ) : (
        <p className={classes.note}>{t("wizard.incomplete", { letters: t("letter.S.name") })}</p>
      )}
      {preview && preview.baseline.days > 0 && (
        <p className={classes.meaning}>
          {t("wizard.baselineIs", {
            value: f.amount(preview.metric.unit, preview.baseline.value),
            from: f.date(preview.baseline.from, "short"),
            to: f.date(preview.baseline.to, "short"),
          })}
        </p>
      )}
      {metric?.observed && preview?.observations && (
        <FirstFigure {...props} metric={metric} observations={preview.observations} />
      )}
      {status && !metric?.observed && (
        <p className={`${classes.note} ${last ? classes.ok : classes.open}`}>
          {last ? <IconCheck size={17} /> : <IconAlert size={17} />}
          {last ? t("wizard.dataArrives", { ago: f.ago(last, new Date()) }) : t("wizard.dataMissing")}
        </p>
      )}
      <OwnWords letter="M" draft={draft} change={change} />
    </>
  );
}
