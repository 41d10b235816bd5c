import { Input, SegmentedControl, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Better, CountingKind, TargetKind, Unit } from "@/api/goals";
import { useFormat } from "@/ui/format";
import { NumberField } from "@/ui/number-field";
import { ValueInput } from "@/ui/value-input";
import { isComplete, isSum, SUMS } from "./draft";
import type { StepProps } from "./goal-wizard";
import { OwnWords } from "./own-words";
import classes from "./wizard.module.css";

const PLAIN: Unit = { kind: "count", currency: null };

/** A: the target against the baseline, what the past would reach, and what one of it is worth. */
export function AchievableStep(props: StepProps) {
  const { draft, change, site, preview, metric } = props;
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const unit = preview?.metric.unit ?? metric?.unit ?? PLAIN;
  const percent = draft.target_kind === "percent";
  const better = draft.better ?? preview?.better ?? metric?.better;
  const counting = draft.counting?.kind ?? preview?.counting.kind;
  return (
    <>
      {better && (
        <Input.Wrapper label={t("goals.say.better.label")} labelElement="div">
          <div>
            <SegmentedControl
              mt={6}
              aria-label={t("goals.say.better.label")}
              data={(["more", "less"] as const).map((value) => ({
                value,
                label: t(`goals.say.better.${value}`),
              }))}
              value={better}
              onChange={(way) => change({ better: way as Better })}
            />
          </div>
        </Input.Wrapper>
      )}
      {counting && isSum(counting) && (
        <Select
          label={t("goals.say.counting.label")}
          description={t("goals.say.counting.hint")}
          maw={320}
          allowDeselect={false}
          data={[...new Set([...SUMS, counting as (typeof SUMS)[number]])].map((value) => ({
            value,
            label: t(`goals.say.counting.${value}`),
          }))}
          value={counting}
          onChange={(kind) =>
            kind &&
            kind !== counting &&
            change({
              counting: { kind: kind as CountingKind, threshold: null },
              // A number for all days is none for the last ones.
              ...(percent ? {} : { target_input: null, stated_baseline: null }),
            })
          }
        />
      )}
      <Input.Wrapper label={t("wizard.targetKind")} labelElement="div">
        <div>
          <SegmentedControl
            mt={6}
            aria-label={t("wizard.targetKind")}
            data={(["percent", "absolute", "change"] as const).map((value) => ({
              value,
              label: value === "change" ? t("goals.say.change") : t(`wizard.${value}`),
            }))}
            value={draft.target_kind}
            onChange={(kind) => change({ target_kind: kind as TargetKind, target_input: null })}
          />
        </div>
      </Input.Wrapper>
      <div style={{ maxWidth: 320 }}>
        <ValueInput
          // A time is typed anew in its own unit when the kind changes.
          key={`${draft.target_kind} ${unit.kind}`}
          unit={unit}
          percent={percent}
          label={
            percent
              ? t("wizard.percentInput")
              : draft.target_kind === "change"
                ? t("goals.say.changeInput")
                : t("wizard.absoluteInput")
          }
          value={draft.target_input}
          onChange={(target_input) => change({ target_input })}
        />
      </div>
      {preview && isComplete(draft, "A") && (
        <p className={classes.meaning} aria-live="polite">
          {preview.baseline.days > 0
            ? t("wizard.targetIs", {
                target: f.amount(unit, preview.target.value),
                baseline: f.amount(unit, preview.baseline.value),
              })
            : f.amount(unit, preview.target.value)}
        </p>
      )}
      {unit.kind !== "money" && unit.kind !== "share" && (
        <div style={{ maxWidth: 320 }}>
          <NumberField
            label={`${t("goals.say.worth")} (${t("common.optional")})`}
            description={t("goals.say.worthHint")}
            before={site.currency}
            value={draft.value_per_unit}
            onChange={(value) => change({ value_per_unit: value })}
          />
        </div>
      )}
      <OwnWords letter="A" draft={draft} change={change} />
    </>
  );
}
