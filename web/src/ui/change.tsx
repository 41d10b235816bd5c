import { useTranslation } from "react-i18next";
import classes from "./change.module.css";
import { useFormat } from "./format";
import { betterOf } from "./metrics";

/** A change in percent, coloured by whether it is good news for that metric. */
export function Change({ metric, value }: { metric: string; value: number | null | undefined }) {
  const f = useFormat();
  const { t } = useTranslation();
  if (value === null || value === undefined) return <span className={classes.change}>–</span>;
  const good = betterOf(metric) === "more" ? value > 0 : value < 0;
  const tone = value === 0 ? "" : good ? classes.good : classes.bad;
  const spoken = t(value === 0 ? "compare.same" : value > 0 ? "compare.up" : "compare.down", {
    change: f.percent(Math.abs(value)),
  });
  return (
    <span className={`${classes.change} ${tone}`}>
      <span aria-hidden="true">
        {value > 0 ? "↑ " : value < 0 ? "↓ " : ""}
        {f.percent(Math.abs(value), Math.abs(value) < 10 ? 1 : 0)}
      </span>
      <span className="visually-hidden">{spoken}</span>
    </span>
  );
}
