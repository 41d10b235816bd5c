import { Button, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LOCALES, setLocale } from "./i18n";
import { Logo } from "./logo";
import classes from "./threshold.module.css";

/** The page before one is inside: setting up, signing in. */
export function Threshold(props: { title: string; lead: string; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  useDocumentTitle(`${props.title} · ${t("brand")}`);
  return (
    <div className={classes.split}>
      <aside className={classes.aside}>
        <div className={classes.brand}>
          <Logo size={34} />
          {t("brand")}
        </div>
        <p className={classes.statement}>{t("goal.empty")}</p>
        <ul className={classes.promises}>
          <li>{t("setup.promise1")}</li>
          <li>{t("setup.promise2")}</li>
          <li>{t("setup.promise3")}</li>
        </ul>
      </aside>
      <main className={classes.body}>
        <div className={classes.form}>
          <nav className={classes.languages} aria-label={t("nav.language")}>
            {LOCALES.map(({ value, label }) => (
              <Button
                key={value}
                lang={value}
                size="compact-sm"
                variant={i18n.language === value ? "light" : "subtle"}
                color={i18n.language === value ? undefined : "gray"}
                aria-pressed={i18n.language === value}
                onClick={() => setLocale(value)}
              >
                {label}
              </Button>
            ))}
          </nav>
          <div>
            <Title order={1}>{props.title}</Title>
            <p className={classes.lead}>{props.lead}</p>
          </div>
          {props.children}
        </div>
      </main>
    </div>
  );
}
