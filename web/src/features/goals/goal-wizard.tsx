import { Alert, Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, Problem } from "@/api/client";
import { objectivesQuery, workspacePath } from "@/api/queries";
import type { GoalDraft, GoalPreview, Letter, Site } from "@/api/types";
import { useFormat } from "@/ui/format";
import { IconAlert, IconCheck } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { metricName, segmentText } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import { AchievableStep } from "./achievable-step";
import { type Draft, isComplete, LETTERS, lengthOf, openLetters, sendable } from "./draft";
import goalClasses from "./goals.module.css";
import { MeasurableStep } from "./measurable-step";
import { RelevantStep } from "./relevant-step";
import { SpecificStep } from "./specific-step";
import { TimeStep } from "./time-step";
import classes from "./wizard.module.css";
import { kindOf, sentencePieces } from "./wording";

export interface StepProps {
  draft: Draft;
  change: (next: Partial<Draft>) => void;
  site: Site;
  sites: Site[];
  preview: GoalPreview | undefined;
}

/** Takes a goal apart into its five letters, with the sentence that they make on top. */
export function GoalWizard(props: {
  initial: Draft;
  sites: Site[];
  saveLabel: string;
  saving: boolean;
  problem: unknown;
  onSave: (goal: GoalDraft) => void;
}) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [draft, setDraft] = useState(props.initial);
  const [current, setCurrent] = useState<Letter>("S");
  const [tried, setTried] = useState(false);
  const site = props.sites.find(({ id }) => id === draft.site_id) ?? props.sites[0];
  const f = useFormat(site?.currency);
  const objectives = useQuery(objectivesQuery(workspace.id));
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }));

  const body = sendable(draft);
  // Words and names change no figure: they are left out of what decides to ask again.
  const asked = body && JSON.stringify({ ...body, name: "", words: props.initial.words });
  const [settled] = useDebouncedValue(asked, 300);
  const preview = useQuery({
    queryKey: [workspace.id, "goal-preview", settled],
    queryFn: ({ signal }) =>
      call<GoalPreview>(
        "POST",
        `${workspacePath(workspace.id)}/goals/preview`,
        JSON.parse(settled ?? "{}"),
        signal,
      ),
    enabled: Boolean(settled),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (!site) return null;

  const problem = props.problem ?? (body ? preview.error : null);
  const refused = lettersOf(problem);
  const known = settled ? preview.data : undefined;
  const targeted = isComplete(draft, "A");
  const open = openLetters(draft);
  const step: StepProps = { draft, change, site, sites: props.sites, preview: known };
  const bodies: Record<Letter, ReactNode> = {
    S: <SpecificStep {...step} />,
    M: <MeasurableStep {...step} />,
    A: <AchievableStep {...step} />,
    R: <RelevantStep {...step} />,
    T: <TimeStep {...step} />,
  };
  const summaries: Record<Letter, string> = {
    S: draft.metric ? `${metricName(t, draft.metric)}${segmentText(t, f, draft.filters)}` : "",
    M: known ? t("wizard.baselineShort", { value: f.metric(draft.metric ?? "", known.baseline.value) }) : "",
    A: known && targeted ? f.metric(draft.metric ?? "", known.target_value) : "",
    R: objectives.data?.find(({ id }) => id === draft.objective_id)?.name ?? "",
    T: lengthOf(draft) > 0 ? t("wizard.length", { n: f.number(lengthOf(draft)) }) : "",
  };
  const pieces = sentencePieces(t, f, {
    kind: kindOf(draft.metric ?? "visitors"),
    metric: draft.metric ?? undefined,
    filters: draft.filters,
    baseline: known?.baseline.value,
    target: targeted ? known?.target_value : undefined,
    deadline: draft.deadline ?? undefined,
  });

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        const [first] = open;
        if (first) setCurrent(first);
        else if (body) props.onSave(body);
      }}
    >
      <div className={classes.live} aria-live="polite">
        <p className={classes.eyebrow}>{t("wizard.sentence")}</p>
        <p className={`${goalClasses.sentence} ${classes.sentence}`}>
          {pieces.map((piece) => (
            <span
              key={`${piece.letter ?? ""}${piece.text}`}
              className={piece.letter ? `${classes.slot} ${piece.filled ? "" : classes.open}` : undefined}
            >
              {piece.text}
            </span>
          ))}
        </p>
      </div>

      <ol className={classes.steps}>
        {LETTERS.map((letter, index) => {
          const isCurrent = letter === current;
          const done = isComplete(draft, letter) && (letter !== "R" || Boolean(draft.objective_id));
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
                  onClick={() => setCurrent(letter)}
                >
                  <b>{t(`letter.${letter}.name`)}</b>
                  <span>{t(`letter.${letter}.question`)}</span>
                  {!isCurrent && <span className={classes.summary}>{summaries[letter]}</span>}
                </button>
                {isCurrent && (
                  <section
                    id={`letter-${letter}`}
                    aria-labelledby={`letter-${letter}-head`}
                    className={classes.body}
                  >
                    {bodies[letter]}
                    <Checks
                      letter={letter}
                      checks={known?.checks.filter((check) => check.letter === letter) ?? []}
                      hidden={letter === "A" && !targeted}
                    />
                    {refused.includes(letter) && <ProblemAlert problem={problem} />}
                    {tried && !isComplete(draft, letter) && (
                      <Alert color="orange" role="alert">
                        {t("wizard.incomplete", { letters: t(`letter.${letter}.name`) })}
                      </Alert>
                    )}
                    {next && (
                      <div>
                        <Button variant="default" onClick={() => setCurrent(next)}>
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

      <Panel style={{ marginBlockStart: 24 }}>
        <TextInput
          label={t("wizard.name")}
          description={t("wizard.nameHint")}
          maw={460}
          mb="md"
          maxLength={120}
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <ProblemAlert problem={problem} />
        <div className={classes.foot}>
          <Button type="submit" size="md" loading={props.saving}>
            {props.saveLabel}
          </Button>
          {open.length > 0 && (
            <span className={classes.note}>
              {t("wizard.incomplete", { letters: f.list(open.map((letter) => t(`letter.${letter}.name`))) })}
            </span>
          )}
        </div>
      </Panel>
    </form>
  );
}

/** Which letters a refused request is about. */
function lettersOf(problem: unknown): Letter[] {
  if (!(problem instanceof Problem)) return [];
  return problem.fields.flatMap(({ field }) => {
    const known = Object.entries(FIELDS).find(([name]) => field === name || field.startsWith(name));
    return known ? [known[1]] : [];
  });
}

const FIELDS: Record<string, Letter> = {
  site_id: "S",
  metric: "S",
  filters: "S",
  target: "A",
  objective: "R",
  owner: "R",
  start: "T",
  deadline: "T",
};

/** What Luotsi found about a letter. The verdict's code is translated; its own text is the fallback. */
function Checks({ checks, hidden }: { letter: Letter; checks: GoalPreview["checks"]; hidden: boolean }) {
  const { t } = useTranslation();
  if (hidden || checks.length === 0) return null;
  return (
    <div>
      {checks.map(({ code, ok, text }) => (
        <p key={code} className={`${classes.note} ${ok ? classes.ok : classes.open}`}>
          {ok ? <IconCheck size={17} /> : <IconAlert size={17} />}
          <span>
            {
              t(
                `check.${code}.${ok ? "ok" : "open"}` as never,
                { defaultValue: text } as never,
              ) as unknown as string
            }
          </span>
        </p>
      ))}
    </div>
  );
}
