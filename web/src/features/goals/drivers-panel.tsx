import { SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type DriverRow, type Drivers, driversQuery, type GoalDetail } from "@/api/goals";
import type { Site } from "@/api/types";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { valueName } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import classes from "./drivers.module.css";
import goalClasses from "./goals.module.css";
import { driversText } from "./reason";
import type { SectionProps } from "./section";

/** What moved it: where actual figures differ from the expected ones. The rows add up to the whole change. */
export function DriversPanel(props: SectionProps & { site: Site | undefined }) {
  const { goal } = props;
  const { t } = useTranslation();
  const { workspace } = useHere();
  const begun = goal.progress.status !== "not_started";
  // Goals off course bring theirs along; those of others are worked out when someone looks.
  const asked = useQuery({
    ...driversQuery(workspace.id, goal.id),
    enabled: goal.drivers === null && goal.divisible && begun,
    retry: false,
  });
  const drivers = goal.drivers ?? asked.data;
  return (
    <Panel className={goalClasses.block}>
      <h2>{t("goals.drivers.title")}</h2>
      {drivers ? (
        <Explained {...props} drivers={drivers} />
      ) : asked.isFetching ? (
        <Skeleton height={160} mt="md" />
      ) : asked.error ? (
        <ProblemAlert problem={asked.error} retry={() => asked.refetch()} />
      ) : (
        <p className={goalClasses.lead}>{t(`goals.drivers.${silence(goal)}`)}</p>
      )}
    </Panel>
  );
}

/** Why nothing is taken apart. */
function silence(goal: GoalDetail): "notYet" | "none" | "observed" | "whole" {
  if (!goal.divisible) return goal.observations ? "observed" : "whole";
  return goal.progress.status === "not_started" ? "notYet" : "none";
}

function Explained({ goal, f, site, drivers }: SectionProps & { site: Site | undefined; drivers: Drivers }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [chosen, setChosen] = useState<string | null>(null);
  const dimension = drivers.dimensions.find(({ name }) => name === chosen) ?? drivers.dimensions[0];
  const amount = (value: number) => f.amount(goal.unit, value);
  const signed = (value: number) => f.signed(goal.unit, value, (n) => t("compare.points", { n }));
  const good = (change: number) => (goal.better === "more" ? change > 0 : change < 0);
  const most = Math.max(...(dimension?.rows.map(({ change }) => Math.abs(change)) ?? [1]), 1e-9);
  const label = (row: DriverRow) =>
    row.value === null || !dimension ? row.label : valueName(t, f, dimension.name, row.value);
  const name = (row: DriverRow) =>
    row.filter && site ? (
      <Link
        to="/w/$workspace/sites/$site"
        params={{ workspace: workspace.id, site: site.id }}
        search={{
          range: "custom",
          from: drivers.from,
          to: drivers.to,
          f: [...goal.filters, row.filter],
        }}
      >
        <bdi>{label(row)}</bdi>
      </Link>
    ) : (
      <bdi>{label(row)}</bdi>
    );
  return (
    <>
      <p className={goalClasses.lead}>{driversText(t, f, goal.unit, drivers)}</p>
      <p className={classes.period}>
        {t("goals.drivers.period", {
          from: f.date(drivers.from, "short"),
          to: f.date(drivers.to, "short"),
          actual: amount(drivers.actual),
          expected: amount(drivers.expected),
        })}
      </p>
      {drivers.dimensions.length > 1 && (
        <div className={`${classes.by} ${goalClasses.noPrint}`}>
          <SegmentedControl
            size="xs"
            aria-label={t("goals.drivers.by")}
            value={dimension?.name ?? ""}
            onChange={setChosen}
            data={drivers.dimensions.map(({ name: value, label }) => ({ value, label: f.capital(label) }))}
          />
        </div>
      )}
      {dimension && (
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{f.capital(dimension.label)}</th>
              <th scope="col">
                <span className="visually-hidden">{t("goals.drivers.change")}</span>
              </th>
              <th scope="col">{t("goals.drivers.actual")}</th>
              <th scope="col">{t("goals.drivers.change")}</th>
            </tr>
          </thead>
          <tbody>
            {dimension.rows.map((row) => (
              <tr key={row.value ?? ""} data-chosen={row.chosen || undefined}>
                <th scope="row">{name(row)}</th>
                <td className={classes.barCell} aria-hidden="true">
                  <span
                    className={classes.bar}
                    data-good={good(row.change) || undefined}
                    data-down={row.change < 0 || undefined}
                    style={{ width: `${(Math.abs(row.change) / most) * 50}%` }}
                  />
                </td>
                <td>
                  {amount(row.actual)}
                  <small>{t("goals.drivers.instead", { expected: amount(row.expected) })}</small>
                </td>
                <td className={row.change === 0 ? undefined : good(row.change) ? classes.good : classes.bad}>
                  {signed(row.change)}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                {t("goals.drivers.sum")}
              </th>
              <td>{amount(drivers.actual)}</td>
              <td>{signed(drivers.change)}</td>
            </tr>
          </tfoot>
        </table>
      )}
    </>
  );
}
