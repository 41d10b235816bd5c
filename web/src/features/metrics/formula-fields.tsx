import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  Input,
  NumberInput,
  Select,
  Stack,
  Switch,
  Textarea,
} from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Site } from "@/api/types";
import { useFormat } from "@/ui/format";
import { IconPlus, IconTrash } from "@/ui/icons";
import { ProblemAlert } from "@/ui/page";
import { metricMeaning, metricName } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import {
  FEWEST_STEPS,
  type FormulaDraft,
  isPlaced,
  MOST_STEPS,
  QUERIED,
  type StepDraft,
  turned,
  WHATS,
  type What,
} from "./draft";
import type { FieldErrors } from "./errors";
import { EventFilters } from "./filter-fields";
import classes from "./metrics.module.css";
import { PartFields, useEvents } from "./part-fields";

interface Props {
  draft: FormulaDraft;
  site: Site;
  errors: FieldErrors;
  onChange: (change: Partial<FormulaDraft>) => void;
}

/** Every kind of formula that the server computes, as choices. */
export function FormulaFields(props: Props) {
  const { draft, site, errors, onChange } = props;
  const { t } = useTranslation();
  const rest = errors.rest((field) => !field.startsWith("formula") || isPlaced(draft, field));
  return (
    <Stack gap="md">
      <Select
        label={t("dictionary.what")}
        description={t(`dictionary.whatMeaning.${draft.what}`)}
        error={errors.exactly("formula.kind")}
        allowDeselect={false}
        data={WHATS.map((value) => ({ value, label: t(`dictionary.whats.${value}`) }))}
        value={draft.what}
        onChange={(next) => {
          const what = (next ?? "events") as What;
          const of = what === "readings" ? "readings" : "events";
          onChange({ what, part: turned(draft.part, of) });
        }}
      />
      {draft.what === "query" && (
        <Select
          label={t("dictionary.figure")}
          description={metricMeaning(t, draft.metric) || undefined}
          error={errors.exactly("formula.metric")}
          allowDeselect={false}
          data={QUERIED.map((value) => ({ value, label: metricName(t, value) }))}
          value={draft.metric}
          onChange={(metric) => onChange({ metric: metric ?? "visits" })}
        />
      )}
      {(draft.what === "events" || draft.what === "readings") && (
        <PartFields
          part={draft.part}
          site={site}
          place="formula"
          errors={errors}
          onChange={(part) => onChange({ part })}
        />
      )}
      {draft.what === "ratio" && <Ratio {...props} />}
      {draft.what === "funnel" && <Funnel {...props} />}
      {draft.what === "sql" && (
        <Textarea
          label={t("dictionary.expression")}
          description={t("dictionary.expressionHint")}
          error={errors.at("formula.expression")}
          placeholder="100 * count(*) filter (where name = 'purchase') / count(distinct visit)"
          value={draft.expression}
          onChange={(event) => onChange({ expression: event.currentTarget.value })}
          dir="ltr"
          autosize
          minRows={3}
          maxRows={10}
          maxLength={4000}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13.5 } }}
        />
      )}
      {(draft.what === "query" || draft.what === "funnel" || draft.what === "sql") && (
        <EventFilters
          site={site}
          filters={draft.filters}
          error={errors.at("formula.filters")}
          onChange={(filters) => onChange({ filters })}
        />
      )}
      <ProblemAlert problem={rest} />
    </Stack>
  );
}

/** One thing over another. */
function Ratio({ draft, site, errors, onChange }: Props) {
  const { t } = useTranslation();
  const scales = [...new Set([1, 100, 1000, draft.scale])];
  const f = useFormat();
  return (
    <Stack gap="md">
      <fieldset className={classes.side}>
        <legend>{t("dictionary.numerator")}</legend>
        <PartFields
          part={draft.above}
          site={site}
          place="formula.numerator"
          choosesSubject
          errors={errors}
          onChange={(above) => onChange({ above })}
        />
      </fieldset>
      <fieldset className={classes.side}>
        <legend>{t("dictionary.denominator")}</legend>
        <PartFields
          part={draft.below}
          site={site}
          place="formula.denominator"
          choosesSubject
          errors={errors}
          onChange={(below) => onChange({ below })}
        />
      </fieldset>
      <Select
        label={t("dictionary.scale")}
        error={errors.exactly("formula.scale")}
        allowDeselect={false}
        data={scales.map((scale) => ({
          value: String(scale),
          label:
            scale === 100
              ? t("dictionary.scalePercent")
              : scale === 1
                ? t("dictionary.scaleOne")
                : t("dictionary.scaleTimes", { n: f.number(scale, 3) }),
        }))}
        value={String(draft.scale)}
        onChange={(value) => onChange({ scale: Number(value) || 1 })}
      />
      <Switch
        label={t("dictionary.complement")}
        description={t("dictionary.complementHint")}
        checked={draft.complement}
        onChange={(event) => onChange({ complement: event.currentTarget.checked })}
      />
    </Stack>
  );
}

/** Steps one after another, and which of them counts as having come through. */
function Funnel({ draft, site, errors, onChange }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const events = useEvents(workspace.id, site);
  const { steps } = draft;
  const put = (at: number, change: Partial<StepDraft>) =>
    onChange({ steps: steps.map((old, place) => (place === at ? { ...old, ...change } : old)) });
  const without = (at: number) => {
    const rest = steps.filter((_, place) => place !== at);
    onChange({ steps: rest, step: draft.step !== null && draft.step > rest.length ? null : draft.step });
  };
  return (
    <Stack gap="sm">
      <Input.Wrapper
        label={t("dictionary.steps")}
        description={t("dictionary.stepsHint")}
        error={errors.exactly("formula.steps")}
        labelElement="div"
      >
        <ol className={classes.steps}>
          {steps.map((step, at) => {
            const number = f.number(at + 1);
            return (
              <li key={at}>
                <Select
                  aria-label={t("dictionary.stepKind", { n: number })}
                  w={118}
                  allowDeselect={false}
                  data={(["page", "event"] as const).map((value) => ({
                    value,
                    label: t(`dictionary.stepKinds.${value}`),
                  }))}
                  value={step.kind}
                  onChange={(kind) => put(at, { kind: kind === "page" ? "page" : "event", text: "" })}
                />
                <Autocomplete
                  flex={1}
                  aria-label={t("dictionary.step", { n: number })}
                  placeholder={step.kind === "page" ? "/cart" : "purchase"}
                  data={step.kind === "event" ? events.names.filter((name) => name !== "pageview") : []}
                  error={errors.at(`formula.steps[${at}]`)}
                  value={step.text}
                  onChange={(text) => put(at, { text })}
                />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  disabled={steps.length <= FEWEST_STEPS}
                  aria-label={t("dictionary.removeStep", { n: number })}
                  onClick={() => without(at)}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </li>
            );
          })}
        </ol>
      </Input.Wrapper>
      {steps.length < MOST_STEPS && (
        <Group>
          <Button
            variant="light"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange({ steps: [...steps, { kind: "event", text: "" }] })}
          >
            {t("dictionary.addStep")}
          </Button>
        </Group>
      )}
      {steps.length > FEWEST_STEPS && (
        <NumberInput
          label={t("dictionary.reached")}
          description={t("dictionary.reachedHint")}
          error={errors.at("formula.step")}
          min={2}
          max={steps.length}
          clampBehavior="strict"
          allowDecimal={false}
          value={draft.step ?? steps.length}
          onChange={(value) => {
            const step = Number(value);
            onChange({ step: step >= 2 && step < steps.length ? step : null });
          }}
        />
      )}
    </Stack>
  );
}
