import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ProblemAlert } from "./page";
import { Panel } from "./panel";
import classes from "./row-list.module.css";

/** A list of few facts and some buttons each, which fits a phone: with its waiting, its refusal and its emptiness. */
export function RowList<T extends { id: string }>(props: {
  label: string;
  query: Pick<UseQueryResult<T[]>, "data" | "error" | "refetch">;
  empty: ReactNode;
  what: (item: T) => ReactNode;
  note?: (item: T) => ReactNode;
  actions: (item: T) => ReactNode;
}) {
  const { data, error } = props.query;
  if (error) return <ProblemAlert problem={error} retry={() => props.query.refetch()} />;
  if (!data) return <Skeleton height={120} />;
  return (
    <Panel padded={false}>
      {data.length === 0 ? (
        props.empty
      ) : (
        <ul className={classes.rows} aria-label={props.label}>
          {data.map((item) => (
            <li key={item.id} className={classes.row}>
              <div className={classes.what}>
                {props.what(item)}
                {props.note && <div className={classes.note}>{props.note(item)}</div>}
              </div>
              {props.actions(item)}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
