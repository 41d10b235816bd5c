import { Loader } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Formula, Metric, MetricPreview } from "@/api/dictionary";
import type { Better, Unit } from "@/api/goals";
import { useFormat } from "@/ui/format";
import { courseOf } from "./course";
import { Course } from "./course-chart";
import classes from "./metrics.module.css";
import { formulaText } from "./words";

/** What the formula gives on the site, while it is being made. */
export function FormPreview(props: {
  formula: Formula | null;
  metrics: Metric[];
  unit: Unit;
  better: Better;
  site: string;
  preview: MetricPreview | undefined;
  loading: boolean;
}) {
  const { formula, unit, preview } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const value = preview?.value ?? null;
  return (
    <section className={classes.preview} aria-label={t("dictionary.preview")}>
      <h3>
        {t("dictionary.preview")} · <bdi>{props.site}</bdi> {props.loading && <Loader size={13} />}
      </h3>
      <div aria-live="polite">
        {!formula && <p className={classes.soft}>{t("dictionary.previewWaits")}</p>}
        {formula && <p className={classes.formula}>{formulaText(t, f, formula, props.metrics)}</p>}
        {preview && (
          <>
            <p className={classes.big} data-testid="preview-figure">
              {f.amount(unit, value)}
            </p>
            <p className={classes.soft}>
              {value === null
                ? t("dictionary.noFigures")
                : t("dictionary.overDays", {
                    from: f.date(preview.from, "short"),
                    to: f.date(preview.to, "short"),
                  })}
            </p>
          </>
        )}
      </div>
      {preview && preview.days.length > 0 && (
        <Course course={courseOf(preview)} unit={unit} title={t("dictionary.preview")} height={200} />
      )}
    </section>
  );
}
