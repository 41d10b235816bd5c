import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Verdict } from "@/api/goals";
import type { Letter } from "@/api/types";
import { IconAlert, IconCheck, IconInfo } from "@/ui/icons";
import { Panel } from "@/ui/panel";
import { LETTERS, WORD } from "./draft";
import classes from "./goals.module.css";
import type { SectionProps } from "./section";

/** What was found about a goal, with its evidence. */
export function Verdicts({ verdicts }: { verdicts: Verdict[] }) {
  const { t } = useTranslation();
  return (
    <ul className={classes.verdicts}>
      {verdicts.map(({ code, level, text }) => (
        <li key={code} data-level={level}>
          {level === "ok" ? (
            <IconCheck size={16} />
          ) : level === "advice" ? (
            <IconInfo size={16} />
          ) : (
            <IconAlert size={16} />
          )}
          <span>
            <span className="visually-hidden">{t(`goals.level.${level}`)}: </span>
            {text}
          </span>
        </li>
      ))}
    </ul>
  );
}

export const verdictsOf = (verdicts: Verdict[], letter: Letter): Verdict[] =>
  verdicts.filter((verdict) => verdict.letter === letter);

/** Why it is a goal: the five letters, with the person's own words and what the figures say of each. */
export function Letters({ goal }: SectionProps) {
  const { t } = useTranslation();
  return (
    <Panel className={classes.block}>
      <Title order={2}>{t("goal.letters")}</Title>
      <ul className={classes.letters}>
        {LETTERS.map((letter) => (
          <li key={letter}>
            <span className={classes.letter} aria-hidden="true">
              {letter}
            </span>
            <div>
              <b>{t(`letter.${letter}.name`)}</b>
              {goal.words[WORD[letter]] && <p dir="auto">{goal.words[WORD[letter]]}</p>}
              <Verdicts verdicts={verdictsOf(goal.verdicts, letter)} />
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
