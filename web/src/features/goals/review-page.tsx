import { Button, Checkbox, SegmentedControl, Skeleton, Stack, Textarea, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type GoalDetail, goalPath, goalQuery, type Prepared, preparedQuery } from "@/api/goals";
import { useFormat } from "@/ui/format";
import { TextLink } from "@/ui/links";
import { Page, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import { Entries } from "./entries";
import classes from "./goals.module.css";
import reviewClasses from "./reviews.module.css";

const route = getRouteApi("/w/$workspace/goals/$goal/review");

/** A review, prepared: what changed since the last one, what past decisions did; and what comes of it. */
export function ReviewPage() {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const { goal: id } = route.useParams();
  const goal = useQuery({ ...goalQuery(workspace.id, id), refetchOnWindowFocus: false });
  const prepared = useQuery({ ...preparedQuery(workspace.id, id), refetchOnWindowFocus: false });
  return (
    <Page
      title={t("goals.review.title")}
      lead={
        goal.data && (
          <TextLink to="/w/$workspace/goals/$goal" params={{ workspace: workspace.id, goal: id }}>
            {goal.data.sentence}
          </TextLink>
        )
      }
      narrow
    >
      <ProblemAlert problem={goal.error ?? prepared.error} />
      {(goal.isPending || prepared.isPending) && <Skeleton height={420} />}
      {goal.data && prepared.data && <ReviewForm goal={goal.data} prepared={prepared.data} />}
    </Page>
  );
}

function ReviewForm({ goal, prepared }: { goal: GoalDetail; prepared: Prepared }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const f = useFormat(goal.unit.currency ?? undefined);
  const client = useQueryClient();
  const navigate = useNavigate();
  const [learned, setLearned] = useState("");
  const [decisions, setDecisions] = useState<string[]>([]);
  const [steps, setSteps] = useState<string[]>([]);
  const [carried, setCarried] = useState<string[]>([]);
  const [ratings, setRatings] = useState<(number | null)[]>(prepared.statements.map(() => null));
  const said = (list: string[]) => list.map((text) => text.trim()).filter(Boolean);
  const save = useMutation({
    mutationFn: () =>
      call("POST", `${goalPath(workspace.id, goal.id)}/reviews`, {
        day: prepared.day,
        learned: learned.trim(),
        decisions: said(decisions).map((text) => ({ text, decided_on: prepared.day })),
        next_steps: [
          ...prepared.open_steps.map(({ text }) => ({ text, done: carried.includes(text) })),
          ...said(steps).map((text) => ({ text, done: false })),
        ],
        // All four or none: a mean of some would say nothing.
        ratings: ratings.every((rating) => rating !== null) ? ratings : null,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace.id, "goals"] });
      await navigate({
        to: "/w/$workspace/goals/$goal",
        params: { workspace: workspace.id, goal: goal.id },
      });
    },
  });
  const effects = goal.reviews.flatMap(({ decisions: past }) => past).filter(({ effect }) => effect !== null);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        <Panel>
          <Title order={2}>{t("goals.review.changed")}</Title>
          <p className={classes.lead}>{goal.verdict_text}</p>
          {prepared.changes.length > 0 && (
            <ul className={reviewClasses.prepared}>
              {prepared.changes.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
        </Panel>
        {effects.length > 0 && (
          <Panel>
            <Title order={2}>{t("goals.review.effects")}</Title>
            {effects.map(({ text, effect, decided_on }) => (
              <div key={text} className={reviewClasses.decision} style={{ marginBlockStart: 12 }}>
                <bdi>{text}</bdi> <span className={classes.itemNote}>{f.date(decided_on, "short")}</span>
                <p className={reviewClasses.effect} data-clear={effect?.clear || undefined}>
                  {effect?.text}
                </p>
              </div>
            ))}
          </Panel>
        )}
        <Panel>
          <Stack>
            <Textarea
              label={t("goals.review.learned")}
              description={t("goals.review.learnedHint")}
              autosize
              minRows={3}
              maxLength={4000}
              value={learned}
              onChange={(event) => setLearned(event.currentTarget.value)}
            />
            <Entries
              label={t("goals.review.decisions")}
              hint={t("goals.review.decisionsHint")}
              add={t("goals.review.addDecision")}
              values={decisions}
              onChange={setDecisions}
            />
            {prepared.open_steps.length > 0 && (
              <div>
                <b>{t("goals.review.openSteps")}</b>
                <Stack gap={6} mt={6}>
                  {prepared.open_steps.map(({ text }) => (
                    <Checkbox
                      key={text}
                      size="sm"
                      label={<bdi>{text}</bdi>}
                      checked={carried.includes(text)}
                      onChange={() =>
                        setCarried(
                          carried.includes(text)
                            ? carried.filter((other) => other !== text)
                            : [...carried, text],
                        )
                      }
                    />
                  ))}
                </Stack>
              </div>
            )}
            <Entries
              label={t("goals.review.steps")}
              hint={t("goals.review.stepsHint")}
              add={t("goals.review.addStep")}
              values={steps}
              onChange={setSteps}
            />
          </Stack>
        </Panel>
        <Panel>
          <Title order={2}>{t("goals.review.self")}</Title>
          <p className={classes.lead}>{t("goals.review.selfHint")}</p>
          {prepared.statements.map(({ code, text }, at) => (
            <fieldset key={code} className={reviewClasses.statement}>
              <legend>{text}</legend>
              <SegmentedControl
                size="sm"
                aria-label={text}
                value={String(ratings[at] ?? "")}
                onChange={(value) =>
                  setRatings(ratings.map((rating, index) => (index === at ? Number(value) : rating)))
                }
                data={[1, 2, 3, 4, 5].map((value) => ({ value: String(value), label: f.number(value) }))}
              />
            </fieldset>
          ))}
        </Panel>
        <ProblemAlert problem={save.error} />
        <div>
          <Button type="submit" size="md" loading={save.isPending} className={classes.noPrint}>
            {t("goals.review.save")}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
