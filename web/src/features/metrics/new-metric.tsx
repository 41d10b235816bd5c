import { Button, Group, Modal, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type MetricPreview, metricsPath } from "@/api/dictionary";
import { sitesQuery } from "@/api/queries";
import { useFormat } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { useHere } from "@/ui/workspace";

const KINDS = ["event", "observation", "funnel", "sql"] as const;
const UNITS = ["count", "share", "money", "duration", "rank", "score"] as const;
const OF_EVENTS = ["count", "sum", "mean", "median", "p90", "distinct"] as const;
const OF_READINGS = ["sum", "mean", "median", "p90", "last", "change", "count"] as const;

const START = {
  key: "",
  name: "",
  kind: "event",
  event: "",
  series: "followers",
  function: "count",
  value: "",
  first: "/",
  second: "",
  expression: "",
  better: "more",
  unit: "count",
  currency: "EUR",
  site: "",
};

/** The formula that the choices stand for. */
function formula(values: typeof START) {
  switch (values.kind) {
    case "observation":
      return { kind: "aggregate", observations: values.series, function: values.function };
    case "funnel":
      return { kind: "funnel", steps: [{ page: values.first }, { event: values.second }] };
    case "sql":
      return { kind: "sql", expression: values.expression };
    default:
      return {
        kind: "aggregate",
        events: values.event,
        function: values.function,
        ...(values.value ? { value: values.value } : {}),
      };
  }
}

/** Makes a metric by choices, with a preview before it is kept. */
export function NewMetric({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const sites = useQuery(sitesQuery(workspace.id));
  const [values, setValues] = useState(START);
  const path = metricsPath(workspace.id);
  const site = values.site || sites.data?.[0]?.id || "";
  const preview = useMutation({
    mutationFn: () =>
      call<MetricPreview>("POST", `${path}/preview`, { site_id: site, formula: formula(values) }),
  });
  const create = useMutation({
    mutationFn: () =>
      call("POST", path, {
        key: values.key,
        name: values.name,
        better: values.better,
        unit: values.unit,
        currency: values.unit === "money" ? values.currency : null,
        formula: formula(values),
      }),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  const set = (name: keyof typeof START) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setValues((before) => ({ ...before, [name]: value }));
  };
  const text = (name: keyof typeof START, label: string, description?: string) => (
    <TextInput label={label} description={description} value={values[name]} onChange={set(name)} dir="auto" />
  );
  const choice = (name: keyof typeof START, label: string, data: { value: string; label: string }[]) => (
    <NativeSelect label={label} value={values[name]} onChange={set(name)} data={data} />
  );
  const functions = values.kind === "event" ? OF_EVENTS : OF_READINGS;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("dictionary.new")}
      size="lg"
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          {text("name", t("common.name"))}
          {text("key", t("dictionary.key"), t("dictionary.keyHint"))}
          {choice(
            "kind",
            t("dictionary.kind"),
            KINDS.map((kind) => ({ value: kind, label: t(`dictionary.kinds.${kind}`) })),
          )}
          {values.kind === "event" && text("event", t("dictionary.event"), t("dictionary.eventHint"))}
          {values.kind === "observation" && text("series", t("dictionary.series"))}
          {(values.kind === "event" || values.kind === "observation") &&
            choice(
              "function",
              t("dictionary.function"),
              functions.map((name) => ({ value: name, label: t(`dictionary.functions.${name}`) })),
            )}
          {values.kind === "event" && text("value", t("dictionary.value"), t("dictionary.valueHint"))}
          {values.kind === "funnel" && text("first", t("dictionary.first"))}
          {values.kind === "funnel" && text("second", t("dictionary.thenEvent"))}
          {values.kind === "sql" && (
            <Textarea
              label={t("dictionary.expression")}
              placeholder="count(*) filter (where name = 'purchase')"
              value={values.expression}
              onChange={set("expression")}
              dir="ltr"
              autosize
              minRows={2}
            />
          )}
          <Group grow>
            {choice("better", t("dictionary.better"), [
              { value: "more", label: t("dictionary.more") },
              { value: "less", label: t("dictionary.less") },
            ])}
            {choice(
              "unit",
              t("dictionary.unit"),
              UNITS.map((unit) => ({ value: unit, label: t(`dictionary.units.${unit}`) })),
            )}
            {values.unit === "money" && text("currency", t("dictionary.currency"))}
          </Group>
          {sites.data && sites.data.length > 1 && (
            <NativeSelect
              label={t("dictionary.site")}
              value={site}
              onChange={set("site")}
              data={sites.data.map(({ id, name }) => ({ value: id, label: name }))}
            />
          )}
          <div aria-live="polite">
            <ProblemAlert problem={create.error ?? preview.error} />
            {preview.data && (
              <Text>
                {preview.data.value == null
                  ? t("dictionary.noFigures")
                  : t("dictionary.previewValue", { value: f.number(preview.data.value, 2) })}
              </Text>
            )}
          </div>
          <Group justify="space-between">
            <Button variant="default" loading={preview.isPending} onClick={() => preview.mutate()}>
              {t("dictionary.preview")}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
