import classes from "./sparkline.module.css";

const WIDTH = 180;
const HEIGHT = 44;

/** A course small enough for a row. What it says must also stand in words beside it. */
export function Sparkline({ values, zero }: { values: (number | null)[]; zero?: boolean }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <div className={classes.none} />;
  const low = zero ? Math.min(0, ...known) : Math.min(...known);
  const high = Math.max(...known);
  const span = high - low || 1;
  const x = (at: number) => (at / (values.length - 1)) * (WIDTH - 8) + 4;
  const y = (value: number) => HEIGHT - 5 - ((value - low) / span) * (HEIGHT - 10);
  const points = values.flatMap((value, at) =>
    value === null ? [] : [`${x(at).toFixed(1)},${y(value).toFixed(1)}`],
  );
  const first = points[0]?.split(",")[0];
  const [lastX, lastY] = points.at(-1)?.split(",") ?? [];
  return (
    <svg
      className={classes.spark}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      // Time runs from left to right in every language.
      direction="ltr"
      aria-hidden="true"
    >
      <polygon
        points={`${first},${HEIGHT} ${points.join(" ")} ${lastX},${HEIGHT}`}
        className={classes.area}
      />
      <polyline points={points.join(" ")} className={classes.line} />
      {/* A line without length is a dot that keeps its shape however the picture is stretched. */}
      <polyline points={`${lastX},${lastY} ${lastX},${lastY}`} className={classes.dot} />
    </svg>
  );
}
