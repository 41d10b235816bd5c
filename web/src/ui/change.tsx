import { useTranslation } from "react-i18next";
import classes from "./change.module.css";
import { useFormat } from "./format";
import { betterOf } from "./metrics";

const inPoints = (metric: string) =>
  ["bounce_rate", "engagement_rate", "conversion_rate", "group_conversion_rate"].includes(metric);

/** A change, coloured by whether it is good news for that metric. */
export function Change({ metric, value }: { metric: string; value: number | null | undefined }) {
  return <Delta better={betterOf(metric)} points={inPoints(metric)} value={value} />;
}

/** A change in percent or percentage points, coloured by whether it is good news. */
export function Delta(props: { better: "more" | "less"; points: boolean; value: number | null | undefined }) {
  const f = useFormat();
  const { t } = useTranslation();
  const { value } = props;
  if (value === null || value === undefined) return <span className={classes.change}>–</span>;
  const good = props.better === "more" ? value > 0 : value < 0;
  const tone = value === 0 ? "" : good ? classes.good : classes.bad;
  const size = Math.abs(value);
  // Rates change by percentage points, as the query API counts them.
  const amount = props.points
    ? t("compare.points", { n: f.number(size, 1) })
    : f.percent(size, size < 10 ? 1 : 0);
  const spoken = t(value === 0 ? "compare.same" : value > 0 ? "compare.up" : "compare.down", {
    change: amount,
  });
  return (
    <span className={`${classes.change} ${tone}`}>
      <span aria-hidden="true">
        {value > 0 ? "↑ " : value < 0 ? "↓ " : ""}
        {amount}
      </span>
      <span className="visually-hidden">{spoken}</span>
    </span>
  );
}
