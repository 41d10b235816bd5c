import type { GoalSummary } from "@/api/goals";
import { toneOf } from "@/ui/status";
import classes from "./row.module.css";

const WIDTH = 180;
const HEIGHT = 44;

/** Expected and actual path, small enough for a row. The row's words say the same. */
export function Spark({ goal }: { goal: GoalSummary }) {
  const { spark } = goal;
  if (spark.length < 2) return <div className={classes.spark} />;
  const values = spark.flatMap(({ expected, actual }) => (actual === null ? [expected] : [expected, actual]));
  const whole = goal.counting.kind === "sum" || goal.counting.kind === "weeks";
  const low = whole ? 0 : Math.min(goal.target.value, ...values);
  const high = Math.max(goal.target.value, ...values);
  const span = high - low || 1;
  const x = (index: number) => (index / (spark.length - 1)) * (WIDTH - 6) + 3;
  const y = (value: number) => HEIGHT - 5 - ((value - low) / span) * (HEIGHT - 10);
  const line = (of: (point: GoalSummary["spark"][number]) => number | null) =>
    spark
      .map((point, index) => ({ value: of(point), index }))
      .filter((point): point is { value: number; index: number } => point.value !== null)
      .map(({ value, index }) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`);
  const actual = line((point) => point.actual);
  const last = actual.at(-1)?.split(",");
  return (
    <svg
      className={classes.spark}
      data-tone={toneOf(goal.progress.status)}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      // Time runs from left to right in every language.
      direction="ltr"
      aria-hidden="true"
    >
      <line
        x1="0"
        x2={WIDTH}
        y1={y(goal.target.value)}
        y2={y(goal.target.value)}
        className={classes.sparkTarget}
      />
      <polyline points={line((point) => point.expected).join(" ")} className={classes.sparkExpected} />
      <polyline points={actual.join(" ")} className={classes.sparkActual} />
      {last && <circle cx={last[0]} cy={last[1]} r="3.2" className={classes.sparkDot} />}
    </svg>
  );
}
