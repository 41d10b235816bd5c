import { Skeleton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import { Panel } from "@/ui/panel";
import { toneOfProbability } from "@/ui/status";
import type { StepProps } from "./goal-wizard";
import { Targets } from "./targets";
import classes from "./wizard.module.css";

/** What the past says about the goal as it stands: kept in view while it is being made. */
export function OutlookCard(props: StepProps) {
  const { draft, preview, targeted, site } = props;
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const outlook = targeted ? preview?.outlook : null;
  return (
    <aside className={classes.aside} aria-label={t("goals.say.preview")}>
      <Panel>
        {!preview ? (
          draft.metric ? (
            <Skeleton height={180} />
          ) : (
            <p className={classes.quiet}>{t("goals.say.previewEmpty")}</p>
          )
        ) : (
          <div className={classes.preview} aria-live="polite">
            {targeted && <p className={classes.sentence}>{preview.sentence}</p>}
            {outlook ? (
              <div className={classes.chance} data-tone={toneOfProbability(outlook.probability)}>
                <b>{f.chance(outlook.probability)}</b>
                <span>{t("goals.answer.likely")}</span>
                <p>{t(`goals.say.ambition.${outlook.ambition}`)}</p>
              </div>
            ) : (
              <p className={classes.quiet}>
                {targeted ? t("goals.answer.unknownText") : t("goals.say.chooseTarget")}
              </p>
            )}
            {targeted && preview.baseline.days > 0 && !outlook && (
              <p className={classes.required}>
                {t("wizard.targetIs", {
                  target: f.amount(preview.metric.unit, preview.target.value),
                  baseline: f.amount(preview.metric.unit, preview.baseline.value),
                })}
              </p>
            )}
            <Targets {...props} />
            {outlook && <p className={classes.required}>{outlook.required.text}</p>}
          </div>
        )}
      </Panel>
    </aside>
  );
}
