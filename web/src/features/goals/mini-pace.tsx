import type { Goal } from "@/api/types";
import classes from "./goals.module.css";

const WIDTH = 300;
const HEIGHT = 84;

/** Expected path, actual path and target, small enough for a card. The card's words say the same. */
export function MiniPace({ goal }: { goal: Goal }) {
  const { path, target_value: target } = goal;
  const values = path.flatMap(({ expected, actual }) => (actual === null ? [expected] : [expected, actual]));
  const low = goal.kind === "total" ? 0 : Math.min(target, ...values);
  const high = Math.max(target, ...values);
  const span = high - low || 1;
  const x = (index: number) => (path.length > 1 ? (index / (path.length - 1)) * WIDTH : 0);
  const y = (value: number) => HEIGHT - 4 - ((value - low) / span) * (HEIGHT - 8);
  const line = (of: (point: Goal["path"][number]) => number | null) =>
    path
      .map((point, index) => ({ value: of(point), index }))
      .filter((point): point is { value: number; index: number } => point.value !== null)
      .map(({ value, index }) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`)
      .join(" ");
  const now = path.findLastIndex(({ actual }) => actual !== null);
  const stand = goal.kind === "level" && now >= 0 ? goal.progress.actual : null;
  const common = { fill: "none", vectorEffect: "non-scaling-stroke", strokeLinejoin: "round" } as const;
  return (
    <svg
      className={classes.mini}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <line
        x1="0"
        x2={WIDTH}
        y1={y(target)}
        y2={y(target)}
        stroke="var(--flag)"
        strokeWidth="1.5"
        {...common}
      />
      <polyline
        points={line(({ expected }) => expected)}
        stroke="var(--expected)"
        strokeWidth="1.5"
        strokeDasharray="4 4"
        {...common}
      />
      <polyline
        points={line(({ actual }) => actual)}
        stroke="var(--sea)"
        strokeWidth={goal.kind === "total" ? 2.5 : 1}
        strokeOpacity={goal.kind === "total" ? 1 : 0.4}
        {...common}
      />
      {stand !== null && (
        // A line of no length with round ends is a dot that stays round when the picture is stretched.
        <line
          x1={x(now)}
          x2={x(now)}
          y1={y(stand)}
          y2={y(stand)}
          stroke="var(--sea)"
          strokeWidth="9"
          strokeLinecap="round"
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}
