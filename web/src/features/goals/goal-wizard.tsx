import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type MetricFacts, metricsQuery } from "@/api/dictionary";
import {
  type GoalDraft,
  type GoalPreview,
  previewGoal,
  type Question,
  type Reading,
  readSentence,
} from "@/api/goals";
import type { Letter, Site } from "@/api/types";
import { useFormat } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { metricName } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import { type Draft, ofMetric, openLetters, sendable } from "./draft";
import { OutlookCard } from "./outlook-card";
import { taken } from "./reading";
import { SentenceField } from "./sentence-field";
import { Steps } from "./steps";
import classes from "./wizard.module.css";

export interface StepProps {
  draft: Draft;
  change: (next: Partial<Draft>) => void;
  site: Site;
  sites: Site[];
  metrics: MetricFacts[];
  /** The chosen metric, as the dictionary has it. */
  metric: MetricFacts | undefined;
  preview: GoalPreview | undefined;
  /** Whether a target is chosen: without one, the preview's is an assumption. */
  targeted: boolean;
  refresh: () => void;
}

/** A goal from a sentence or from choices, with what the past says about it at every step. */
export function GoalWizard(props: {
  initial: Draft;
  say?: string;
  sites: Site[];
  saveLabel: string;
  saving: boolean;
  problem: unknown;
  onSave: (goal: GoalDraft) => void;
}) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [draft, setDraft] = useState(props.initial);
  const [sentence, setSentence] = useState(props.say ?? "");
  const [read, setRead] = useState<Reading | undefined>();
  const [current, setCurrent] = useState<Letter | null>(props.initial.metric || props.say ? null : "S");
  const [tried, setTried] = useState(false);
  const site = props.sites.find(({ id }) => id === draft.site_id) ?? props.sites[0];
  const f = useFormat(site?.currency);
  const dictionary = useQuery(metricsQuery(workspace.id));
  const metrics = dictionary.data ?? [];
  const change = (next: Partial<Draft>) => setDraft((before) => ({ ...before, ...next }));

  const [said] = useDebouncedValue(sentence.trim(), 350);
  useQuery({
    queryKey: [workspace.id, "goal-read", said, site?.id],
    queryFn: async ({ signal }) => {
      const found = await readSentence(workspace.id, { sentence: said, site_id: site?.id }, signal);
      setRead(found);
      setDraft((before) => taken(before, found, metrics));
      return found;
    },
    // What a metric is decides how its segment is written: the dictionary comes first.
    enabled: said.length > 2 && dictionary.isSuccess,
    retry: false,
    refetchOnWindowFocus: false,
    staleTime: 0,
  });

  const metric = metrics.find(({ key }) => key === draft.metric);
  const body = sendable(draft, metric?.better);
  // Words and names change no figure: they are left out of what decides to ask again.
  const asked = body && JSON.stringify({ ...body, name: "", words: props.initial.words });
  const [settled] = useDebouncedValue(asked, 300);
  const preview = useQuery({
    queryKey: [workspace.id, "goal-preview", settled],
    queryFn: ({ signal }) => previewGoal(workspace.id, JSON.parse(settled ?? "{}"), signal),
    enabled: Boolean(settled),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (!site) return null;

  const open = openLetters(draft);
  const problem = props.problem ?? (body ? preview.error : null);
  const step: StepProps = {
    draft,
    change,
    site,
    sites: props.sites,
    metrics,
    metric,
    preview: settled && !preview.error ? preview.data : undefined,
    targeted: !open.includes("A"),
    refresh: () => preview.refetch(),
  };
  const answer = (question: Question, option: string) => {
    if (/^\d{4}-\d{2}-\d{2}$/.test(option)) change({ deadline: option });
    else if (question.code === "direction_missing") {
      const less = option === "less";
      change({
        better: less ? "less" : "more",
        target_input: Math.abs(draft.target_input ?? 0) * (less && draft.target_kind !== "absolute" ? -1 : 1),
      });
    } else if (question.code === "total_or_more") {
      change({ target_kind: option === "more" || option === "change" ? "change" : "absolute" });
    } else if (question.code.includes("metric")) change({ ...ofMetric, metric: option });
    else if (Number.isFinite(Number(option))) change({ target_input: Number(option) });
    setRead(
      (before) =>
        before && { ...before, questions: before.questions.filter(({ code }) => code !== question.code) },
    );
  };
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
      <SentenceField
        value={sentence}
        reading={said === sentence.trim() && said.length > 2 ? read : undefined}
        metricName={(key) => metrics.find((metric) => metric.key === key)?.name ?? metricName(t, key)}
        onChange={setSentence}
        onAnswer={answer}
        onOpen={({ code }) => setCurrent(letterOf(code))}
      />
      <div className={classes.columns}>
        <div>
          <Steps step={step} current={current} onCurrent={setCurrent} tried={tried} problem={problem} />
          <TextInput
            label={t("wizard.name")}
            description={t("wizard.nameHint")}
            maw={460}
            mt="lg"
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
                {t("wizard.incomplete", {
                  letters: f.list(open.map((letter) => t(`letter.${letter}.name`))),
                })}
              </span>
            )}
          </div>
        </div>
        <OutlookCard {...step} />
      </div>
    </form>
  );
}

/** Which letter answers a question. */
const letterOf = (code: string): Letter =>
  code.startsWith("deadline") ? "T" : /^(target|direction|total|number)/.test(code) ? "A" : "S";
