import { Input, NumberInput, SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/ui/format";
import { unitOf } from "@/ui/metrics";
import { signedText } from "@/ui/words";
import { isComplete, lengthOf } from "./draft";
import type { StepProps } from "./goal-wizard";
import { OwnWords } from "./own-words";
import classes from "./wizard.module.css";
import { kindOf } from "./wording";

/** A: the target against the baseline, and what it asks of every day. */
export function AchievableStep(props: StepProps) {
  const { draft, change } = props;
  const { t } = useTranslation();
  const percent = draft.target_kind === "percent";
  return (
    <>
      <Input.Wrapper label={t("wizard.targetKind")} labelElement="div">
        <div>
          <SegmentedControl
            mt={6}
            aria-label={t("wizard.targetKind")}
            data={[
              { value: "percent", label: t("wizard.percent") },
              { value: "absolute", label: t("wizard.absolute") },
            ]}
            value={draft.target_kind}
            onChange={(kind) => change({ target_kind: kind as "percent" | "absolute", target_input: null })}
          />
        </div>
      </Input.Wrapper>
      <NumberInput
        label={percent ? t("wizard.percentInput") : t("wizard.absoluteInput")}
        maw={260}
        size="md"
        decimalScale={percent || unitOf(draft.metric ?? "") !== "count" ? 2 : 0}
        suffix={percent || unitOf(draft.metric ?? "") === "percent" ? " %" : undefined}
        thousandSeparator=" "
        hideControls
        value={draft.target_input ?? ""}
        onChange={(value) => change({ target_input: typeof value === "number" ? value : null })}
      />
      <Meaning {...props} />
      <OwnWords letter="A" draft={draft} change={change} />
    </>
  );
}

function Meaning({ draft, site, preview }: StepProps) {
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const metric = draft.metric ?? "";
  if (!preview || !isComplete(draft, "A")) return null;
  const { baseline, target_value: target } = preview;
  const days = lengthOf(draft);
  const lines = [
    t("wizard.targetIs", { target: f.metric(metric, target), baseline: f.metric(metric, baseline.value) }),
  ];
  if (kindOf(metric) === "total") {
    lines.push(
      t("wizard.rateTotal", {
        rate: f.rate(metric, target / days),
        before: f.rate(metric, baseline.value / days),
      }),
    );
  } else {
    lines.push(
      t("wizard.rateLevel", {
        change: signedText(t, f, metric, target - baseline.value),
        days: f.number(days),
      }),
    );
  }
  if (baseline.value > 0) {
    const share = (target / baseline.value - 1) * 100;
    const size = f.percent(Math.abs(share), Math.abs(share) < 10 ? 1 : 0);
    lines.push(
      Math.abs(share) < 0.05
        ? t("wizard.rateSame")
        : share > 0
          ? t("wizard.rateMore", { percent: size })
          : t("wizard.rateLess", { percent: size }),
    );
  }
  return (
    <p className={classes.meaning} aria-live="polite">
      {lines.join(" ")}
    </p>
  );
}
