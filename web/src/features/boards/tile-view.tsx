import { useTranslation } from "react-i18next";
import type { Placed, TileData, TileFigure, TileMetric } from "@/api/boards";
import { type Formatter, useFormat } from "@/ui/format";
import { StatusPill } from "@/ui/status";
import classes from "./boards.module.css";
import { PaceCourse, TrendCourse } from "./course";
import { Note } from "./note";
import { changeText, figureText, ofMetric, type Sheet } from "./sheet";

/** What a tile shows, drawn for its kind. */
export function TileView({ tile, data, sheet }: { tile: Placed; data: TileData | undefined; sheet: Sheet }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (tile.kind === "note") return <Note text={tile.text ?? ""} />;
  if (!data) return null;
  switch (tile.kind) {
    case "number":
      return <Headline f={f} figure={data.total} metric={data.metrics?.[0]} large />;
    case "trend":
      return (
        <>
          {tile.height > 2 && <Headline f={f} figure={data.total} metric={data.metrics?.[0]} />}
          <TrendCourse data={data} f={f} title={sheet.title} />
        </>
      );
    case "pace":
      return <Pace data={data} f={f} sheet={sheet} tall={tile.height > 2} />;
    case "table":
      return <SheetTable sheet={sheet} />;
    default:
      return sheet.shown.length > 0 ? (
        <Bars sheet={sheet} funnel={tile.kind === "funnel"} />
      ) : (
        <p className={classes.soft}>{t("boards.nothing")}</p>
      );
  }
}

function Headline(props: {
  f: Formatter;
  figure: TileFigure | null | undefined;
  metric: TileMetric | undefined;
  large?: boolean;
}) {
  const { f, figure, metric, large } = props;
  const { t } = useTranslation();
  const change = figure?.change;
  const good = change ? (metric?.better === "less" ? change < 0 : change > 0) : null;
  const said = change === null || change === undefined ? "" : changeText(t, f, metric, change);
  return (
    <div className={large ? classes.number : classes.headline}>
      <span className={large ? classes.big : classes.middle}>{ofMetric(f, metric, figure?.value, true)}</span>
      {said && (
        <span className={`${classes.change} ${good === null ? "" : good ? classes.good : classes.bad}`}>
          <span aria-hidden="true">
            {(change ?? 0) > 0 ? "↑ " : (change ?? 0) < 0 ? "↓ " : ""}
            {said}
          </span>
          <span className="visually-hidden">
            {t((change ?? 0) > 0 ? "compare.up" : (change ?? 0) < 0 ? "compare.down" : "compare.same", {
              change: said,
            })}
          </span>
        </span>
      )}
      {figure?.before !== null && figure?.before !== undefined && (
        <span className={classes.soft}>
          {t("boards.before", { value: ofMetric(f, metric, figure.before, true) })}
        </span>
      )}
    </div>
  );
}

function Pace({ data, f, sheet, tall }: { data: TileData; f: Formatter; sheet: Sheet; tall: boolean }) {
  const { t } = useTranslation();
  const goal = data.goal;
  if (!goal) return null;
  const text = (value: number | null | undefined) => figureText(f, goal.unit, goal.currency, value, true);
  return (
    <>
      <div className={classes.headline}>
        <span className={classes.middle}>{text(goal.actual)}</span>
        <StatusPill status={goal.status} />
        <span className={classes.soft}>
          {t("boards.target", { value: text(goal.target) })}
          {goal.days_left !== null && goal.days_left !== undefined && goal.days_left >= 0 && (
            <> · {t("boards.daysLeft", { count: goal.days_left, n: f.number(goal.days_left) })}</>
          )}
          {goal.probability !== null && goal.probability !== undefined && (
            <> · {t("boards.probability", { share: f.chance(goal.probability) })}</>
          )}
        </span>
      </div>
      {tall && <PaceCourse data={data} f={f} title={sheet.title} />}
    </>
  );
}

/** Rows with bars as long as their share. */
function Bars({ sheet, funnel }: { sheet: Sheet; funnel: boolean }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
    <div className={classes.scroll} tabIndex={0}>
      <table className={`${classes.bars} tabular`}>
        <thead>
          <tr>
            {sheet.head.map((cell) => (
              <th key={cell} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.shown.map(([name, ...figures], at) => (
            <tr key={at}>
              <th scope="row" title={name}>
                <span
                  className={classes.bar}
                  style={{ width: `${(sheet.bars?.[at] ?? 0) * 100}%` }}
                  aria-hidden="true"
                />
                <span className={classes.barName}>
                  <bdi>{name}</bdi>
                </span>
              </th>
              {figures.map((figure, column) => (
                <td
                  key={sheet.head[column + 1]}
                  className={column === 0 ? "" : funnel && column === 1 ? "" : classes.soft}
                >
                  {figure}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Any tile as a table. */
export function SheetTable({ sheet }: { sheet: Sheet }) {
  const { t } = useTranslation();
  if (sheet.shown.length === 0) return <p className={classes.soft}>{t("boards.nothing")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
    <div className={classes.scroll} tabIndex={0}>
      <table className={`${classes.table} tabular`}>
        <thead>
          <tr>
            {sheet.head.map((cell) => (
              <th key={cell} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.shown.map(([name, ...figures], at) => (
            <tr key={at}>
              <th scope="row">
                <bdi>{name}</bdi>
              </th>
              {figures.map((figure, column) => (
                <td key={sheet.head[column + 1]}>{figure}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
