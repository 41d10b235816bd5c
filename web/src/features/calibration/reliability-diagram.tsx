import { useTranslation } from "react-i18next";
import type { CalibrationBin } from "@/api/goals";
import { useFormat } from "@/ui/format";
import classes from "./calibration.module.css";

const SIZE = 320;
const LEFT = 46;
const BOTTOM = 40;

/** Each point is a tenth of the scale: what was said (across) against what came (up). On the line, both agree. */
export function ReliabilityDiagram({ bins }: { bins: (CalibrationBin & { reached: number })[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const x = (share: number) => LEFT + share * SIZE;
  const y = (share: number) => 12 + (1 - share) * SIZE;
  const percent = (share: number) => f.percent(share * 100, 0);
  return (
    <svg
      className={classes.diagram}
      viewBox={`0 0 ${LEFT + SIZE + 14} ${SIZE + 12 + BOTTOM}`}
      direction="ltr"
      role="img"
      aria-label={t("goals.calibration.diagram")}
    >
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <g key={share}>
          <line x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} className={classes.grid} />
          <text x={LEFT - 8} y={y(share) + 4} textAnchor="end">
            {percent(share)}
          </text>
          <text x={x(share)} y={y(0) + 18} textAnchor="middle">
            {percent(share)}
          </text>
        </g>
      ))}
      <line x1={x(0)} x2={x(1)} y1={y(0)} y2={y(1)} className={classes.perfect} />
      <text x={x(0.5)} y={y(0) + 36} textAnchor="middle" className={classes.axis}>
        {t("goals.calibration.said")}
      </text>
      <polyline
        className={classes.line}
        points={bins.map(({ forecast, reached }) => `${x(forecast)},${y(reached)}`).join(" ")}
      />
      {bins.map(({ from, forecast, reached, count }) => (
        <circle
          key={from}
          cx={x(forecast)}
          cy={y(reached)}
          r={4 + 9 * Math.sqrt(count / most)}
          className={classes.point}
        >
          <title>
            {t("goals.calibration.point", {
              said: percent(forecast),
              came: percent(reached),
              count,
              n: f.number(count),
            })}
          </title>
        </circle>
      ))}
    </svg>
  );
}
