import {
  Button,
  Group,
  Input,
  Modal,
  SegmentedControl,
  Select,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { formulaQuery, type Metric, metricsPath } from "@/api/dictionary";
import type { Better, UnitKind } from "@/api/goals";
import { membersQuery } from "@/api/queries";
import type { Site } from "@/api/types";
import { DayField } from "@/ui/day-field";
import { addDays, later, todayIn, useFormat } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";
import { blankFormula, draftOf, type FormulaDraft, formulaOf, isWhole, keyFrom, usualUnit } from "./draft";
import { FieldErrors } from "./errors";
import { FormPreview } from "./form-preview";
import { FormulaFields } from "./formula-fields";
import classes from "./metrics.module.css";

const UNITS: UnitKind[] = ["count", "share", "money", "duration", "rank", "score"];
const PLACED = ["key", "name", "description", "owner_id", "better", "unit", "currency", "note", "valid_from"];

/** Makes a metric, or changes one: another formula becomes its next version, the old one keeps its days. */
export function MetricForm(props: {
  /** What is changed. */
  metric: Metric | null;
  /** What a new one begins as. */
  like?: Metric | null;
  metrics: Metric[];
  sites: Site[];
  onClose: () => void;
  onDone: (metric: Metric) => void;
}) {
  const { metric, metrics, sites } = props;
  const from = metric ?? props.like;
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, session } = useHere();
  const members = useQuery(membersQuery(workspace.id)).data ?? [];
  const form = useRef<HTMLFormElement>(null);
  const [siteId, setSiteId] = useState(sites[0]?.id ?? "");
  const site = sites.find(({ id }) => id === siteId) ?? sites[0];
  const [draft, setDraft] = useState<FormulaDraft>(() => (from ? draftOf(from.formula) : blankFormula()));
  const [chosenUnit, setUnit] = useState<UnitKind | null>(from?.unit.kind ?? null);
  const [values, setValues] = useState({
    name: metric?.name ?? (props.like ? t("dictionary.copyOf", { name: props.like.name }) : ""),
    key: metric?.key ?? "",
    description: from?.description ?? "",
    owner_id: metric ? (metric.owner_id ?? null) : session.user.id,
    better: from?.better ?? ("more" as Better),
    currency: from?.unit.currency ?? site?.currency ?? "EUR",
    note: "",
    // A version holds from a later day than the one before it.
    valid_from: later(
      todayIn(site?.time_zone ?? "UTC"),
      addDays(metric?.versions.at(-1)?.valid_from ?? "1970-01-01", 1),
    ),
  });
  const set = (change: Partial<typeof values>) => setValues((before) => ({ ...before, ...change }));
  const unit = chosenUnit ?? usualUnit(draft);
  const taken = metrics.map(({ key }) => key);
  const key = metric?.key ?? (values.key.trim() || keyFrom(values.name, taken));
  const formula = isWhole(draft) ? formulaOf(draft) : null;
  const changed =
    metric !== null && JSON.stringify(formula) !== JSON.stringify(formulaOf(draftOf(metric.formula)));

  const currency = unit === "money" ? values.currency.trim().toUpperCase() : null;
  const [asked] = useDebouncedValue(
    JSON.stringify(formula && site ? { site_id: site.id, formula, unit, currency } : null),
    350,
  );
  const question = JSON.parse(asked);
  const preview = useQuery({
    ...formulaQuery(workspace.id, question ?? { site_id: "", formula: blankFormula(), unit, currency }),
    enabled: question !== null,
    placeholderData: keepPreviousData,
  });
  const save = useMutation({
    mutationFn: () => {
      const body = {
        name: values.name,
        description: values.description,
        owner_id: values.owner_id,
        better: values.better,
        unit,
        currency,
      };
      const path = metricsPath(workspace.id);
      if (!metric) return call<Metric>("POST", path, { ...body, key, formula: formulaOf(draft) });
      const version = { formula: formulaOf(draft), note: values.note, valid_from: values.valid_from };
      return call<Metric>("PATCH", `${path}/${metric.key}`, changed ? { ...body, ...version } : body);
    },
    onSuccess: props.onDone,
    // The first field that is wrong gets the focus, once its message is on the page.
    onError: () =>
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus()),
  });
  const errors = new FieldErrors(t, save.error ?? (question ? preview.error : null));
  const change = (next: Partial<FormulaDraft>) => {
    save.reset();
    setDraft((before) => ({ ...before, ...next }));
  };
  if (!site) return null;
  return (
    <Modal
      opened
      size="min(1120px, 96vw)"
      onClose={props.onClose}
      title={metric ? t("dictionary.edit", { name: metric.name }) : t("dictionary.new")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form
        ref={form}
        noValidate
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t("common.name")}
            error={errors.at("name")}
            maxLength={120}
            value={values.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
            data-autofocus
          />
          <FormulaFields draft={draft} site={site} errors={errors} onChange={change} />
          <div className={classes.pair}>
            <Select
              label={t("dictionary.unit")}
              error={errors.at("unit")}
              allowDeselect={false}
              data={UNITS.map((value) => ({ value, label: t(`dictionary.units.${value}`) }))}
              value={unit}
              onChange={(next) => setUnit((next ?? "count") as UnitKind)}
            />
            {unit === "money" && (
              <TextInput
                label={t("dictionary.currency")}
                error={errors.at("currency")}
                maxLength={3}
                dir="ltr"
                value={values.currency}
                onChange={(event) => set({ currency: event.currentTarget.value })}
              />
            )}
            <Input.Wrapper label={t("dictionary.better")} error={errors.at("better")} labelElement="div">
              <SegmentedControl
                fullWidth
                aria-label={t("dictionary.better")}
                value={values.better}
                onChange={(next) => set({ better: next as Better })}
                data={[
                  { value: "more", label: t("dictionary.more") },
                  { value: "less", label: t("dictionary.less") },
                ]}
              />
            </Input.Wrapper>
          </div>
          <Select
            label={t("dictionary.owner")}
            description={t("dictionary.ownerHint")}
            error={errors.at("owner_id")}
            clearable
            clearButtonProps={{ "aria-label": t("dictionary.noOwner") }}
            placeholder={t("dictionary.noOwner")}
            data={members.map(({ user_id: value, name }) => ({ value, label: name }))}
            value={values.owner_id}
            onChange={(owner_id) => set({ owner_id })}
          />
          <Textarea
            label={t("dictionary.description")}
            description={t("dictionary.descriptionHint")}
            error={errors.at("description")}
            autosize
            minRows={2}
            maxRows={6}
            maxLength={2000}
            value={values.description}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
          {!metric && (
            <TextInput
              label={t("dictionary.key")}
              description={t("dictionary.keyHint")}
              error={errors.at("key")}
              dir="ltr"
              placeholder={keyFrom(values.name, taken)}
              value={values.key}
              onChange={(event) => set({ key: event.currentTarget.value })}
            />
          )}
          {changed && metric && (
            <fieldset className={classes.side}>
              <legend>
                {t("dictionary.becomes", { n: f.number((metric.versions.at(-1)?.number ?? 0) + 1) })}
              </legend>
              <Stack gap="sm">
                <DayField
                  label={t("dictionary.validFrom")}
                  description={t("dictionary.validFromHint")}
                  error={errors.at("valid_from")}
                  min={addDays(metric.versions.at(-1)?.valid_from ?? values.valid_from, 1)}
                  value={values.valid_from}
                  onChange={(day) => set({ valid_from: day ?? values.valid_from })}
                />
                <TextInput
                  label={t("dictionary.note")}
                  error={errors.at("note")}
                  maxLength={500}
                  value={values.note}
                  onChange={(event) => set({ note: event.currentTarget.value })}
                />
              </Stack>
            </fieldset>
          )}
          <ProblemAlert
            problem={errors.rest((field) => field.startsWith("formula") || PLACED.includes(field))}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!formula}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
        <div>
          {sites.length > 1 && (
            <Select
              mb="sm"
              label={t("dictionary.site")}
              allowDeselect={false}
              data={sites.map(({ id, name, domain }) => ({ value: id, label: name || domain }))}
              value={site.id}
              onChange={(next) => setSiteId(next ?? site.id)}
            />
          )}
          <FormPreview
            formula={formula}
            metrics={metrics}
            unit={{ kind: unit, currency }}
            better={values.better}
            site={site.name || site.domain}
            preview={question && !preview.error ? preview.data : undefined}
            loading={preview.isFetching}
          />
        </div>
      </form>
    </Modal>
  );
}
