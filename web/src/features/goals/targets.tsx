import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/goals";
import { useFormat } from "@/ui/format";
import type { StepProps } from "./goal-wizard";
import classes from "./wizard.module.css";

/** As many digits as a target needs: whole things whole, shares with two. */
const rounded = (unit: Unit, value: number): number =>
  unit.kind === "count" || unit.kind === "money" || unit.kind === "duration"
    ? Math.round(value)
    : Math.round(value * 100) / 100;

/** Targets that the past would reach four times, two and a half times and once out of five, to choose from. */
export function Targets({ preview, change, draft, site }: StepProps) {
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  if (!preview?.outlook) return null;
  const { unit } = preview.metric;
  const { p80, p50, p20 } = preview.outlook;
  return (
    <fieldset className={classes.targets}>
      <legend>{t("goals.say.targets")}</legend>
      {(
        [
          ["p80", p80, 0.8],
          ["p50", p50, 0.5],
          ["p20", p20, 0.2],
        ] as const
      ).map(([key, value, share]) => {
        const input = rounded(unit, value);
        const chosen = draft.target_kind === "absolute" && draft.target_input === input;
        return (
          <button
            key={key}
            type="button"
            aria-pressed={chosen}
            onClick={() => change({ target_kind: "absolute", target_input: input })}
          >
            <small>{t(`goals.say.${key}`)}</small>
            <b>{f.amount(unit, input)}</b>
            <small>{t("goals.tree.chance", { probability: f.chance(share) })}</small>
          </button>
        );
      })}
    </fieldset>
  );
}
