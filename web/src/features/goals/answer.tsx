import { useTranslation } from "react-i18next";
import { addDays } from "@/ui/format";
import { TextLink } from "@/ui/links";
import { Panel } from "@/ui/panel";
import { toneOf, toneOfProbability } from "@/ui/status";
import { useHere } from "@/ui/workspace";
import { against } from "./against";
import classes from "./answer.module.css";
import { driversText } from "./reason";
import type { SectionProps } from "./section";

/** The ten seconds: how likely, where it stands and why, how far it ends from the target, what it takes. */
export function Answer({ goal, f }: SectionProps) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const { outlook, probability, progress } = goal;
  const over = progress.days_left <= 0;
  const tone = over ? toneOf(progress.status) : toneOfProbability(probability);
  const weekAgo = outlook && goal.course.find(({ date }) => date === addDays(outlook.day, -7));
  return (
    <Panel padded={false} className={classes.answer} data-tone={tone} aria-labelledby="answer">
      <div className={classes.chance}>
        {over ? (
          <p className={classes.word}>{t(`goals.status.${progress.status}`)}</p>
        ) : probability === null ? (
          <>
            <p className={classes.word}>{t("goals.answer.unknown")}</p>
            <p className={classes.small}>{t("goals.answer.unknownText")}</p>
          </>
        ) : (
          <>
            <p className={classes.number}>{f.chance(probability)}</p>
            <p className={classes.caption}>{t("goals.answer.likely")}</p>
            <div className={classes.scale} aria-hidden="true">
              <span style={{ width: `${Math.max(1.5, probability * 100)}%` }} />
              {weekAgo && <i style={{ insetInlineStart: `${weekAgo.probability * 100}%` }} />}
            </div>
            <p className={classes.small}>
              {weekAgo && (
                <span>{t("goals.answer.weekAgo", { probability: f.chance(weekAgo.probability) })}</span>
              )}
              <TextLink
                to="/w/$workspace/calibration"
                params={{ workspace: workspace.id }}
                size="xs"
                className={classes.trust}
              >
                {t("goals.calibration.short")}
              </TextLink>
            </p>
          </>
        )}
      </div>
      <div className={classes.words}>
        <h2 id="answer" className={classes.verdict}>
          {outlook && !over
            ? `${outlook.gap_text} ${outlook.gap_money ?? ""}`
            : goal.verdict_text || against(t, f, goal)}
        </h2>
        {outlook && !over && (
          <dl>
            <div>
              <dt>{goal.drivers ? t("goals.drivers.title") : t("goals.answer.stands")}</dt>
              <dd>{goal.drivers ? driversText(t, f, goal.unit, goal.drivers) : goal.verdict_text}</dd>
            </div>
            <div>
              <dt>{t("goals.answer.takes")}</dt>
              <dd>{outlook.required.text}</dd>
            </div>
          </dl>
        )}
      </div>
    </Panel>
  );
}
