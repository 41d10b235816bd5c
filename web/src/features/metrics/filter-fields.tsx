import { ActionIcon, Autocomplete, Button, Group, Input, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { seriesQuery } from "@/api/dictionary";
import type { Filter, Site } from "@/api/types";
import { FilterChips } from "@/ui/filter-chips";
import { FilterDialog } from "@/ui/filter-dialog";
import { IconFilter, IconPlus, IconTrash } from "@/ui/icons";
import { useHere } from "@/ui/workspace";
import classes from "./metrics.module.css";

interface Props {
  filters: Filter[];
  error?: string;
  onChange: (filters: Filter[]) => void;
}

/** What narrows events: chips, each made in a dialog of its own. */
export function EventFilters({ filters, error, site, onChange }: Props & { site: Site }) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState<number | "new" | null>(null);
  return (
    <Input.Wrapper label={t("dictionary.onlyOf")} error={error} labelElement="div">
      <Group gap={8} mt={6} mb={error ? 6 : 0}>
        <FilterChips
          filters={filters}
          onEdit={setEditing}
          onRemove={(at) => onChange(filters.filter((_, place) => place !== at))}
        />
        <Button
          variant="light"
          size="compact-sm"
          leftSection={<IconFilter size={14} />}
          onClick={() => setEditing("new")}
        >
          {t("filter.add")}
        </Button>
      </Group>
      {editing !== null && (
        <FilterDialog
          site={site.domain}
          range="91d"
          initial={editing === "new" ? undefined : filters[editing]}
          onClose={() => setEditing(null)}
          onApply={(made) => {
            onChange(
              editing === "new"
                ? [...filters, made]
                : filters.map((old, at) => (at === editing ? made : old)),
            );
            setEditing(null);
          }}
        />
      )}
    </Input.Wrapper>
  );
}

/** What narrows readings: any dimension that they were noted with. */
export function ReadingFilters({ filters, error, series, onChange }: Props & { series: string }) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const all = useQuery(seriesQuery(workspace.id)).data ?? [];
  const places = all.find((one) => one.series === series)?.last.map(({ dimensions }) => dimensions) ?? [];
  const names = [...new Set(places.flatMap((place) => Object.keys(place)))];
  const valuesOf = (name: string) => [
    ...new Set(places.map((place) => place[name]).filter((value) => value !== undefined)),
  ];
  const put = (at: number, filter: Filter) =>
    onChange(filters.map((old, place) => (place === at ? filter : old)));
  return (
    <Input.Wrapper label={t("dictionary.onlyOf")} error={error} labelElement="div">
      {filters.map(([operator, name, values], at) => (
        <div className={classes.filter} key={at}>
          <Autocomplete
            aria-label={t("dictionary.dimensionName")}
            placeholder={t("dictionary.dimensionName")}
            data={names}
            value={name}
            onChange={(next) => put(at, [operator, next, values])}
          />
          <TagsInput
            aria-label={t("dictionary.dimensionValues")}
            placeholder={values.length === 0 ? t("dictionary.dimensionValues") : undefined}
            data={valuesOf(name)}
            value={values}
            acceptValueOnBlur
            onChange={(next) => put(at, [operator, name, next])}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t("filter.remove", { filter: name })}
            onClick={() => onChange(filters.filter((_, place) => place !== at))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </div>
      ))}
      <Group mt={6}>
        <Button
          variant="light"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange([...filters, ["is", names[0] ?? "", []]])}
        >
          {t("filter.add")}
        </Button>
      </Group>
    </Input.Wrapper>
  );
}
