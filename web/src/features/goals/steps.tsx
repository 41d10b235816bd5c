import { Alert, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/client";
import { objectivesQuery } from "@/api/goals";
import type { Letter } from "@/api/types";
import { useFormat } from "@/ui/format";
import { IconAlert, IconCheck } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { metricName, segmentText } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import { AchievableStep } from "./achievable-step";
import { isComplete, LETTERS, lengthOf } from "./draft";
import type { StepProps } from "./goal-wizard";
import { Verdicts, verdictsOf } from "./letters";
import { MeasurableStep } from "./measurable-step";
import { RelevantStep } from "./relevant-step";
import { SpecificStep } from "./specific-step";
import { TimeStep } from "./time-step";
import classes from "./wizard.module.css";

const FIELDS: Record<string, Letter> = {
  site_id: "S",
  metric: "S",
  filters: "S",
  target: "A",
  value_per_unit: "A",
  objective: "R",
  owner: "R",
  start: "T",
  deadline: "T",
};

/** Which letters a refused request is about. */
export function lettersOf(problem: unknown): Letter[] {
  if (!(problem instanceof Problem)) return [];
  return problem.fields.flatMap(({ field }) => {
    const known = Object.entries(FIELDS).find(([name]) => field.startsWith(name));
    return known ? [known[1]] : [];
  });
}

/** The five letters: each says what it holds and what was found about it, and opens to be changed. */
export function Steps(props: {
  step: StepProps;
  current: Letter | null;
  onCurrent: (letter: Letter | null) => void;
  tried: boolean;
  problem: unknown;
}) {
  const { step, current, onCurrent } = props;
  const { draft, preview, targeted, site, metric } = step;
  const { t } = useTranslation();
  const { workspace } = useHere();
  const f = useFormat(site.currency);
  const objectives = useQuery(objectivesQuery(workspace.id));
  const refused = lettersOf(props.problem);
  const amount = (value: number) => (preview ? f.amount(preview.metric.unit, value) : "");
  const bodies: Record<Letter, ReactNode> = {
    S: <SpecificStep {...step} />,
    M: <MeasurableStep {...step} />,
    A: <AchievableStep {...step} />,
    R: <RelevantStep {...step} />,
    T: <TimeStep {...step} />,
  };
  const summaries: Record<Letter, string> = {
    S: draft.metric
      ? `${metric?.name ?? metricName(t, draft.metric)}${segmentText(t, f, draft.filters)}`
      : "",
    M:
      preview && preview.baseline.days > 0
        ? t("wizard.baselineShort", { value: amount(preview.baseline.value) })
        : "",
    A: preview && targeted ? amount(preview.target.value) : "",
    R: objectives.data?.find(({ id }) => id === draft.objective_id)?.name ?? "",
    T:
      lengthOf(draft) > 0 && draft.start_date && draft.deadline
        ? `${f.date(draft.start_date, "short")} – ${f.date(draft.deadline, "short")}`
        : "",
  };
  return (
    <ol className={classes.steps}>
      {LETTERS.map((letter, index) => {
        const isCurrent = letter === current;
        // What the past says of a target means nothing before one is chosen.
        const verdicts = preview && (letter !== "A" || targeted) ? verdictsOf(preview.verdicts, letter) : [];
        const warned = verdicts.some(({ level }) => level === "warning");
        const done = isComplete(draft, letter) && verdicts.length > 0 && !warned;
        const next = LETTERS[index + 1];
        return (
          <li
            key={letter}
            className={`${classes.step} ${isCurrent ? classes.current : ""} ${done ? classes.done : ""}`}
          >
            <span className={classes.letter} aria-hidden="true">
              {letter}
            </span>
            <div>
              <button
                type="button"
                className={classes.head}
                aria-expanded={isCurrent}
                aria-controls={`letter-${letter}`}
                id={`letter-${letter}-head`}
                onClick={() => onCurrent(isCurrent ? null : letter)}
              >
                <b>{t(`letter.${letter}.name`)}</b>
                {isCurrent || !summaries[letter] ? (
                  <span>{t(`letter.${letter}.question`)}</span>
                ) : (
                  <span className={classes.summary}>
                    <bdi>{summaries[letter]}</bdi>
                  </span>
                )}
                {verdicts.length > 0 && (
                  <span className={classes.level} data-warned={warned || undefined}>
                    {warned ? <IconAlert size={17} /> : <IconCheck size={17} />}
                    <span className="visually-hidden">{t(`goals.level.${warned ? "warning" : "ok"}`)}</span>
                  </span>
                )}
              </button>
              {!isCurrent && verdicts.length > 0 && (
                <div className={classes.evidence}>
                  <Verdicts
                    verdicts={
                      warned ? verdicts.filter(({ level }) => level === "warning") : verdicts.slice(0, 1)
                    }
                  />
                </div>
              )}
              {isCurrent && (
                <section
                  id={`letter-${letter}`}
                  aria-labelledby={`letter-${letter}-head`}
                  className={classes.body}
                >
                  {bodies[letter]}
                  {verdicts.length > 0 && <Verdicts verdicts={verdicts} />}
                  {refused.includes(letter) && <ProblemAlert problem={props.problem} />}
                  {props.tried && !isComplete(draft, letter) && (
                    <Alert color="orange" role="alert">
                      {t("wizard.incomplete", { letters: t(`letter.${letter}.name`) })}
                    </Alert>
                  )}
                  {next && (
                    <div>
                      <Button variant="default" onClick={() => onCurrent(next)}>
                        {t("common.continue")}
                      </Button>
                    </div>
                  )}
                </section>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
