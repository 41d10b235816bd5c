import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ButtonLink } from "./links";
import { Empty, Page, ProblemAlert } from "./page";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t("problem.notFound")} narrow>
      <Empty
        title=""
        text={t("problem.notFoundHint")}
        action={<ButtonLink to="/">{t("problem.home")}</ButtonLink>}
      />
    </Page>
  );
}

export function Failed({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Page title={t("problem.title")} narrow>
      <ProblemAlert problem={error} retry={reset} />
    </Page>
  );
}
