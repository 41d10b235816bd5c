import { Autocomplete, NumberInput, SegmentedControl, Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { seriesQuery } from "@/api/dictionary";
import { statsQuery } from "@/api/stats";
import { seenQuery } from "@/api/trust";
import type { Site } from "@/api/types";
import { useHere } from "@/ui/workspace";
import { type FunctionName, OF_EVENTS, OF_READINGS, type PartDraft, turned } from "./draft";
import type { FieldErrors } from "./errors";
import { EventFilters, ReadingFilters } from "./filter-fields";
import classes from "./metrics.module.css";

/** What is counted and what is made of it: the whole of a metric, or one side of a ratio. */
export function PartFields(props: {
  part: PartDraft;
  site: Site;
  /** Where the server names it: `formula`, `formula.numerator`. */
  place: string;
  /** Whether events or entered figures are chosen here. */
  choosesSubject?: boolean;
  errors: FieldErrors;
  onChange: (part: PartDraft) => void;
}) {
  const { part, site, place, errors } = props;
  const { t } = useTranslation();
  const { workspace } = useHere();
  const events = useEvents(workspace.id, site);
  const series = useQuery(seriesQuery(workspace.id)).data ?? [];
  const set = (change: Partial<PartDraft>) => props.onChange({ ...part, ...change });
  const ofEvents = part.of === "events";
  const functions: readonly FunctionName[] = ofEvents ? OF_EVENTS : OF_READINGS;
  const known = ofEvents
    ? [
        { value: "*", label: t("dictionary.anyEvent") },
        ...events.names.map((name) => ({ value: name, label: name })),
      ]
    : series.map(({ series: value, name }) => ({ value, label: name }));
  const properties = events.properties(part.name).map((name) => `props:${name}`);
  const values =
    part.function === "distinct"
      ? ["visitor", "visit", "revenue", ...properties]
      : ["revenue", ...properties];
  const labelOf = (value: string) =>
    value === "revenue" || value === "visitor" || value === "visit" ? t(`dictionary.values.${value}`) : value;
  return (
    <Stack gap="sm">
      {props.choosesSubject && (
        <SegmentedControl
          aria-label={t("dictionary.subject")}
          value={part.of}
          onChange={(of) => props.onChange(turned(part, of as PartDraft["of"]))}
          data={[
            { value: "events", label: t("dictionary.whats.events") },
            { value: "readings", label: t("dictionary.whats.readings") },
          ]}
        />
      )}
      <div className={classes.pair}>
        <Named
          label={t(ofEvents ? "dictionary.event" : "dictionary.series")}
          description={t(ofEvents ? "dictionary.eventHint" : "dictionary.seriesHint")}
          error={errors.exactly(place)}
          known={known}
          value={part.name}
          onChange={(name) => set({ name })}
        />
        <Select
          label={t("dictionary.function")}
          description={t("dictionary.functionHint")}
          error={errors.exactly(`${place}.function`)}
          allowDeselect={false}
          data={functions.map((value) => ({ value, label: t(`dictionary.functions.${value}`) }))}
          value={part.function}
          onChange={(next) => {
            const made = (next ?? "count") as FunctionName;
            // People and visits can only be told apart, never added up.
            const stays = made === "distinct" || !["visitor", "visit"].includes(part.value);
            set({ function: made, value: made === "count" || !stays ? "" : part.value });
          }}
        />
        {part.function === "percentile" && (
          <NumberInput
            label={t("dictionary.percentile")}
            description={t("dictionary.percentileHint")}
            min={1}
            max={99}
            clampBehavior="strict"
            allowDecimal={false}
            value={part.percentile}
            onChange={(value) => set({ percentile: Number(value) || 50 })}
          />
        )}
        {ofEvents && part.function !== "count" && (
          <Named
            label={t("dictionary.value")}
            description={t("dictionary.valueHint")}
            error={errors.exactly(`${place}.value`)}
            known={values.map((value) => ({ value, label: labelOf(value) }))}
            value={part.value}
            onChange={(value) => set({ value })}
          />
        )}
      </div>
      {ofEvents ? (
        <EventFilters
          site={site}
          filters={part.filters}
          error={errors.at(`${place}.filters`)}
          onChange={(filters) => set({ filters })}
        />
      ) : (
        <ReadingFilters
          series={part.name}
          filters={part.filters}
          error={errors.at(`${place}.filters`)}
          onChange={(filters) => set({ filters })}
        />
      )}
    </Stack>
  );
}

/** A name that is chosen by its label, or typed as it is. */
function Named(props: {
  label: string;
  description: string;
  error?: string;
  known: { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
}) {
  const { known } = props;
  const shown = known.find(({ value }) => value === props.value)?.label ?? props.value;
  return (
    <Autocomplete
      label={props.label}
      description={props.description}
      error={props.error}
      maxLength={120}
      // Two of one label would be one choice.
      data={[...new Set(known.map(({ label }) => label))]}
      value={shown}
      onChange={(text) => props.onChange(known.find(({ label }) => label === text)?.value ?? text)}
    />
  );
}

/** Events that the site has sent, and the properties that came with them. */
export function useEvents(workspace: string, site: Site) {
  const counted = useQuery(
    statsQuery({
      site_id: site.domain,
      metrics: ["events"],
      date_range: "91d",
      dimensions: ["event:name"],
      pagination: { limit: 100 },
    }),
  );
  const seen = useQuery({ ...seenQuery(workspace, site.id), retry: false });
  const names = (counted.data?.results ?? []).map((row) => row.dimensions[0] ?? "");
  const all = [...names, ...(seen.data ?? []).map(({ name }) => name)];
  return {
    names: [...new Set(all)].filter((name) => name && name !== "engagement"),
    properties: (event: string) => {
      const of = (seen.data ?? []).filter(({ name }) => event === "*" || name === event);
      return [...new Set(of.flatMap(({ props }) => Object.keys(props ?? {})))];
    },
  };
}
