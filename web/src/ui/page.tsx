import { Alert, Button, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconAlert } from "./icons";
import classes from "./page.module.css";
import { problemText } from "./problem";

/** A page: its heading, which is also the window's title, what can be done, and its content. */
export function Page(props: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  useDocumentTitle(`${props.title} · ${t("brand")}`);
  return (
    <div className={`${classes.page} ${props.narrow ? classes.narrow : ""}`}>
      <header className={classes.head}>
        <div>
          <Title order={1}>{props.title}</Title>
          {props.lead && <p className={classes.lead}>{props.lead}</p>}
        </div>
        {props.actions}
      </header>
      {props.children}
    </div>
  );
}

/** What to show where nothing is yet: what this is for, and the next thing to do. */
export function Empty({ title, text, action }: { title: string; text: ReactNode; action?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <Title order={2}>{title}</Title>
      <p className={classes.emptyText}>{text}</p>
      {action}
    </div>
  );
}

/** A refused request, said where it happened. */
export function ProblemAlert({
  problem,
  title,
  retry,
}: {
  problem: unknown;
  title?: string;
  retry?: () => void;
}) {
  const { t } = useTranslation();
  if (!problem) return null;
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      radius="md"
      icon={<IconAlert size={20} />}
      title={title ?? t("problem.title")}
    >
      {problemText(t, problem)}
      {retry && (
        <div>
          <Button mt="sm" size="xs" variant="default" onClick={retry}>
            {t("common.retry")}
          </Button>
        </div>
      )}
    </Alert>
  );
}
