import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./section.module.css";

/** A settings page: what it is about, what can be done, and its list. */
export function Section(props: { title: string; lead?: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section>
      <header className={classes.head}>
        <div>
          <Title order={2}>{props.title}</Title>
          {props.lead && <p className={classes.lead}>{props.lead}</p>}
        </div>
        {props.action}
      </header>
      {props.children}
    </section>
  );
}
