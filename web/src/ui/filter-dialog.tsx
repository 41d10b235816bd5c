import { Button, Group, Modal, Select, Stack, TagsInput, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type DateRange, statsQuery } from "@/api/stats";
import type { Filter, FilterOperator } from "@/api/types";
import { useFormat } from "./format";
import { FILTER_DIMENSIONS } from "./metrics";
import { dimensionMeaning, dimensionName, valueName } from "./words";

const OPERATORS: FilterOperator[] = ["is", "is_not", "contains", "contains_not"];

/** Makes or changes one filter; the values offered are those that the site has seen. */
export function FilterDialog(props: {
  site: string;
  range: DateRange;
  initial?: Filter;
  /** Dimensions that cannot be chosen here. */
  without?: string[];
  onApply: (filter: Filter) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("filter.add")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <FilterForm {...props} />
    </Modal>
  );
}

function FilterForm({
  site,
  range,
  initial,
  without = [],
  onApply,
  onClose,
}: Parameters<typeof FilterDialog>[0]) {
  const { t } = useTranslation();
  const f = useFormat();
  const [dimension, setDimension] = useState<string>(initial?.[1] ?? "visit:channel");
  const [operator, setOperator] = useState<FilterOperator>(initial?.[0] ?? "is");
  const [values, setValues] = useState<string[]>(initial?.[2] ?? []);
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 200);
  const narrowed = search && dimension !== "event:goal" && dimension !== "visit:country";
  const seen = useQuery(
    statsQuery({
      site_id: site,
      metrics: ["visitors"],
      date_range: range,
      dimensions: [dimension],
      filters: narrowed ? [["contains", dimension, [search], { case_sensitive: false }]] : [],
      pagination: { limit: dimension === "visit:country" ? 250 : 50 },
    }),
  );
  const exact = operator === "is" || operator === "is_not";
  const offered = exact
    ? [...new Set(seen.data?.results.map((row) => row.dimensions[0] ?? ""))].filter(Boolean)
    : [];
  // Mantine matches by what it shows, so a value is shown, and told apart, by its label.
  const labels = new Map(offered.map((value) => [valueName(t, f, dimension, value), value]));
  const labelOf = (value: string) => valueName(t, f, dimension, value);
  const dimensions = FILTER_DIMENSIONS.filter((choice) => !without.includes(choice));
  const choices = dimensions.some((choice) => choice === dimension) ? dimensions : [...dimensions, dimension];

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const pending = typed.trim();
        const all = pending ? [...values, labels.get(pending) ?? pending] : values;
        if (all.length > 0) onApply([operator, dimension, [...new Set(all)]]);
      }}
    >
      {/* The list of values opens above the buttons, not over them. */}
      <Stack mih={390}>
        <Group grow align="start">
          <Select
            label={t("filter.dimension")}
            data={choices.map((value) => ({ value, label: dimensionName(t, value) }))}
            value={dimension}
            searchable
            allowDeselect={false}
            onChange={(value) => {
              setDimension(value ?? "visit:channel");
              setValues([]);
            }}
          />
          <Select
            label={t("filter.operator")}
            data={OPERATORS.map((value) => ({ value, label: t(`operator.${value}`) }))}
            value={operator}
            allowDeselect={false}
            onChange={(value) => setOperator((value ?? "is") as FilterOperator)}
          />
        </Group>
        {dimensionMeaning(t, dimension) && (
          <Text size="xs" c="dimmed">
            {dimensionMeaning(t, dimension)}
          </Text>
        )}
        <TagsInput
          label={t("filter.values")}
          description={t("filter.valuesHint")}
          data={[...labels.keys()]}
          value={values.map(labelOf)}
          searchValue={typed}
          onSearchChange={setTyped}
          onChange={(chosen) =>
            setValues(
              chosen.map((label) => labels.get(label) ?? values.find((v) => labelOf(v) === label) ?? label),
            )
          }
          styles={{ options: { maxHeight: 190, overflowY: "auto" } }}
          clearable
          data-autofocus
        />
        <Group justify="flex-end" mt="auto">
          <Button variant="default" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" disabled={values.length === 0 && !typed.trim()}>
            {t("filter.apply")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
