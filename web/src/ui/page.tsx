import { Alert, Button, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/client";
import { IconAlert } from "./icons";
import classes from "./page.module.css";

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

/** A problem in words that say what to do. */
export function useProblemText(): (problem: unknown) => string {
  const { t } = useTranslation();
  return (problem) => {
    if (!(problem instanceof Problem)) return t("problem.internal");
    if (problem.status === 0) return t("problem.unreachable");
    const known = t(
      `problem.codes.${problem.code}` as never,
      { defaultValue: "" } as never,
    ) as unknown as string;
    return known || problem.detail || t("problem.internal");
  };
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
  const text = useProblemText();
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
      {text(problem)}
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
