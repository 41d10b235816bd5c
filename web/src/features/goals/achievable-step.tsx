import { Input, NumberInput, SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TargetKind, Unit } from "@/api/goals";
import { useFormat } from "@/ui/format";
import { ValueInput } from "@/ui/value-input";
import { isComplete } from "./draft";
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
  return (
    <>
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
        <NumberInput
          label={`${t("goals.say.worth")} (${t("common.optional")})`}
          description={t("goals.say.worthHint")}
          maw={320}
          hideControls
          min={0}
          decimalScale={2}
          prefix={`${site.currency} `}
          thousandSeparator=" "
          value={draft.value_per_unit ?? ""}
          onChange={(value) => change({ value_per_unit: typeof value === "number" ? value : null })}
        />
      )}
      <OwnWords letter="A" draft={draft} change={change} />
    </>
  );
}
