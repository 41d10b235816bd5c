import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Days, previewQuery, TILE_KINDS, type Tile, type TileKind } from "@/api/boards";
import { metricsQuery } from "@/api/dictionary";
import { goalsQuery } from "@/api/goals";
import { conversionsQuery, sitesQuery } from "@/api/queries";
import type { Filter } from "@/api/types";
import { FilterChips } from "@/ui/filter-chips";
import { FilterDialog } from "@/ui/filter-dialog";
import { useFormat } from "@/ui/format";
import { IconFilter, IconPlus, IconTrash } from "@/ui/icons";
import { FILTER_DIMENSIONS } from "@/ui/metrics";
import { dimensionMeaning, dimensionName } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import classes from "./boards.module.css";
import { blankTile, isWhole } from "./tile-draft";
import { TileFrame } from "./tile-frame";

/** Makes or changes a tile, and shows meanwhile what it will show. */
export function TileEditor(props: {
  tile: Tile | null;
  freeId: string;
  days: Days;
  onSave: (tile: Tile) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const sites = useQuery(sitesQuery(workspace.id)).data ?? [];
  const metrics = useQuery(metricsQuery(workspace.id)).data ?? [];
  const goals = useQuery(goalsQuery(workspace.id)).data ?? [];
  const [draft, setDraft] = useState<Tile>(() => props.tile ?? blankTile("number", props.freeId, ""));
  const [filter, setFilter] = useState<number | "new" | null>(null);
  const set = (change: Partial<Tile>) => setDraft((before) => ({ ...before, ...change }));
  // The first site stands in until one is chosen.
  const tile = { ...draft, site_id: draft.site_id || sites[0]?.id || "" };
  const site = sites.find(({ id }) => id === tile.site_id);
  const { kind } = tile;
  const needs = metrics.find(({ key }) => key === tile.metric)?.needs;
  const filters = tile.filters ?? [];
  const has = (dimension: string) => filters.some(([, of]) => of === dimension);
  const lacks =
    needs === "conversion" && !has("event:goal")
      ? t("boards.needsConversion")
      : needs === "page" && !has("event:page")
        ? t("boards.needsPage")
        : undefined;
  const whole = isWhole(tile) && !lacks;
  const [asked] = useDebouncedValue(tile, 400);
  const bare = { ...asked, title: "", width: 6, height: 3 };
  const preview = useQuery({
    ...previewQuery(workspace.id, bare, props.days),
    enabled: isWhole(asked) && !lacks && asked.kind !== "note",
  });
  const choose = (next: TileKind) =>
    setDraft((before) => ({
      ...blankTile(next, before.id, before.site_id ?? ""),
      title: before.title,
      metric: before.metric ?? "visitors",
      filters: before.filters ?? [],
      width: props.tile ? before.width : blankTile(next, "", "").width,
      height: props.tile ? before.height : blankTile(next, "", "").height,
    }));
  const asksMetric = kind === "number" || kind === "trend" || kind === "breakdown";
  const asksRows = kind === "breakdown" || kind === "table";
  const choices = metrics.map(({ key, name }) => ({ value: key, label: name }));
  return (
    <Modal
      opened
      size="min(1080px, 96vw)"
      onClose={props.onClose}
      title={props.tile ? t("boards.editTile") : t("boards.addTile")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form
        className={classes.editor}
        onSubmit={(event) => {
          event.preventDefault();
          if (whole) props.onSave(tile);
        }}
      >
        <Stack>
          <Select
            label={t("boards.kindLabel")}
            description={t(`boards.kindMeaning.${kind}`)}
            allowDeselect={false}
            data={TILE_KINDS.map((value) => ({ value, label: t(`boards.kind.${value}`) }))}
            value={kind}
            onChange={(value) => choose((value ?? "number") as TileKind)}
            data-autofocus
          />
          <TextInput
            label={t("boards.tileTitle")}
            description={kind === "note" ? undefined : t("boards.tileTitleHint")}
            maxLength={120}
            value={tile.title}
            onChange={(event) => set({ title: event.currentTarget.value })}
          />
          {kind !== "note" && kind !== "pace" && sites.length > 1 && (
            <Select
              label={t("boards.site")}
              allowDeselect={false}
              data={sites.map(({ id, name, domain }) => ({ value: id, label: name || domain }))}
              value={tile.site_id}
              onChange={(value) => set({ site_id: value })}
            />
          )}
          {asksMetric && (
            <Select
              label={t("boards.metric")}
              searchable
              allowDeselect={false}
              data={choices}
              value={tile.metric}
              error={lacks}
              onChange={(value) => set({ metric: value })}
            />
          )}
          {kind === "table" && (
            <MultiSelect
              label={t("boards.metrics")}
              searchable
              maxValues={6}
              data={choices}
              value={tile.metrics ?? []}
              onChange={(value) => set({ metrics: value })}
            />
          )}
          {asksRows && (
            <Group grow align="start">
              <Select
                label={t("boards.dimension")}
                searchable
                allowDeselect={false}
                data={FILTER_DIMENSIONS.map((value) => ({ value, label: dimensionName(t, value) }))}
                value={tile.dimension}
                inputWrapperOrder={["label", "error", "input", "description"]}
                description={dimensionMeaning(t, tile.dimension ?? "") || undefined}
                onChange={(value) => set({ dimension: value })}
              />
              <NumberInput
                label={t("boards.rows")}
                min={1}
                max={100}
                allowDecimal={false}
                value={tile.rows ?? 10}
                onChange={(value) => set({ rows: Number(value) || 10 })}
              />
            </Group>
          )}
          {(asksMetric || kind === "table" || kind === "funnel") && site && (
            <div>
              <Text size="sm" fw={500} mb={4}>
                {t("boards.filters")}
              </Text>
              <FilterChips
                filters={filters}
                onEdit={setFilter}
                onRemove={(at) => set({ filters: filters.filter((_, place) => place !== at) })}
              />
              <Button
                variant="light"
                size="compact-sm"
                mt={6}
                leftSection={<IconFilter size={14} />}
                onClick={() => setFilter("new")}
              >
                {t("boards.addFilter")}
              </Button>
            </div>
          )}
          {kind === "pace" && (
            <Select
              label={t("boards.goal")}
              searchable
              allowDeselect={false}
              nothingFoundMessage={t("boards.noGoals")}
              error={goals.length === 0 ? t("boards.noGoals") : undefined}
              data={goals.map(({ id, name, sentence }) => ({ value: id, label: name || sentence }))}
              value={tile.goal_id ?? null}
              onChange={(value) => set({ goal_id: value })}
            />
          )}
          {kind === "funnel" && site && <Steps tile={tile} site={site.id} onChange={set} />}
          {kind === "note" && (
            <Textarea
              label={t("boards.text")}
              description={t("boards.textHint")}
              autosize
              minRows={6}
              maxRows={16}
              maxLength={5000}
              dir="auto"
              value={tile.text ?? ""}
              onChange={(event) => set({ text: event.currentTarget.value })}
            />
          )}
          <Group grow>
            <NumberInput
              label={t("boards.width")}
              min={2}
              max={12}
              allowDecimal={false}
              value={tile.width}
              onChange={(value) => set({ width: Number(value) || 4 })}
            />
            <NumberInput
              label={t("boards.height")}
              min={1}
              max={8}
              allowDecimal={false}
              value={tile.height}
              onChange={(value) => set({ height: Number(value) || 2 })}
            />
          </Group>
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={!whole}>
              {props.tile ? t("common.save") : t("common.add")}
            </Button>
          </Group>
        </Stack>
        <div className={classes.preview}>
          <Text size="sm" fw={500} mb={6}>
            {t("boards.preview")} ·{" "}
            {t("boards.sizeText", { width: f.number(tile.width), height: f.number(tile.height) })}
          </Text>
          <div className={classes.cell}>
            <TileFrame
              tile={{ ...tile, height: Math.max(tile.height, 3) }}
              answer={{ data: whole ? preview.data : undefined, error: whole ? preview.error : null }}
            />
          </div>
        </div>
      </form>
      {filter !== null && site && (
        <FilterDialog
          site={site.domain}
          range="28d"
          initial={filter === "new" ? undefined : filters[filter]}
          onClose={() => setFilter(null)}
          onApply={(made: Filter) => {
            set({
              filters:
                filter === "new"
                  ? [...filters, made]
                  : filters.map((old, at) => (at === filter ? made : old)),
            });
            setFilter(null);
          }}
        />
      )}
    </Modal>
  );
}

/** The steps of a funnel, each a conversion or a page. */
function Steps(props: { tile: Tile; site: string; onChange: (change: Partial<Tile>) => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const conversions = useQuery(conversionsQuery(workspace.id, props.site)).data ?? [];
  const steps = props.tile.steps ?? [];
  const names = conversions.map(({ display_name }) => display_name);
  const put = (at: number, text: string) => {
    const known = names.includes(text);
    const step = {
      name: "",
      conversion: known || !text.startsWith("/") ? text : null,
      page: !known && text.startsWith("/") ? text : null,
    };
    props.onChange({ steps: steps.map((old, place) => (place === at ? step : old)) });
  };
  return (
    <div>
      <Text size="sm" fw={500}>
        {t("boards.steps")}
      </Text>
      <Text size="xs" c="dimmed" mb={6}>
        {t("boards.stepHint")}
      </Text>
      <ol className={classes.steps}>
        {steps.map((step, at) => (
          <li key={at} className={classes.step}>
            <Autocomplete
              flex={1}
              label={t("boards.stepNumber", { n: f.number(at + 1) })}
              data={names}
              value={step.conversion ?? step.page ?? ""}
              onChange={(text) => put(at, text)}
            />
            {steps.length > 2 && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t("boards.removeStep", { n: f.number(at + 1) })}
                onClick={() => props.onChange({ steps: steps.filter((_, place) => place !== at) })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            )}
          </li>
        ))}
      </ol>
      <Group mt={8} align="end">
        {steps.length < 8 && (
          <Button
            variant="light"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => props.onChange({ steps: [...steps, { name: "" }] })}
          >
            {t("boards.addStep")}
          </Button>
        )}
      </Group>
      <NumberInput
        mt="sm"
        label={t("boards.window")}
        min={1}
        max={90}
        allowDecimal={false}
        value={props.tile.window_days ?? 7}
        onChange={(value) => props.onChange({ window_days: Number(value) || 7 })}
      />
    </div>
  );
}
