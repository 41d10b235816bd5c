import { Button, Input, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { conversionsQuery } from "@/api/queries";
import type { Filter } from "@/api/types";
import { FilterChips } from "@/ui/filter-chips";
import { FilterDialog } from "@/ui/filter-dialog";
import { IconPlus } from "@/ui/icons";
import { TextLink } from "@/ui/links";
import { needsConversion } from "@/ui/metrics";
import { metricMeaning, metricName } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import { conversionsIn, ofMetric, segmentIn } from "./draft";
import type { StepProps } from "./goal-wizard";
import { OwnWords } from "./own-words";

/** S: which figure, of which visitors. */
export function SpecificStep({ draft, change, site, sites, metrics, metric }: StepProps) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [editing, setEditing] = useState<number | "new" | null>(null);
  const conversions = useQuery(conversionsQuery(workspace.id, site.id));
  const conversion = conversionsIn(draft.filters);
  const segment = segmentIn(draft.filters);
  const chosen = conversion[0]?.[2][0] ?? null;
  const wanted =
    draft.metric !== null &&
    (needsConversion(draft.metric) || chosen !== null || ["events", "visitors"].includes(draft.metric));
  const options = (observed: boolean) =>
    metrics
      .filter((one) => one.observed === observed)
      .map(({ key, name }) => ({ value: key, label: name || metricName(t, key) }));
  return (
    <>
      {sites.length > 1 && (
        <Select
          label={t("wizard.site")}
          data={sites.map(({ id, domain }) => ({ value: id, label: domain }))}
          value={draft.site_id}
          allowDeselect={false}
          onChange={(value) => change({ site_id: value ?? site.id, filters: [] })}
        />
      )}
      <Select
        label={t("wizard.metric")}
        description={
          draft.metric ? metric?.description || metricMeaning(t, draft.metric) || undefined : undefined
        }
        placeholder={t("wizard.metric")}
        searchable
        data={[
          { group: t("goals.say.counted"), items: options(false) },
          { group: t("goals.say.entered"), items: options(true) },
        ].filter(({ items }) => items.length > 0)}
        value={draft.metric}
        allowDeselect={false}
        onChange={(value) => change({ ...ofMetric, metric: value })}
      />
      {wanted && (
        <Select
          label={t("wizard.conversion")}
          description={
            conversions.data?.length === 0 && (
              <>
                {t("wizard.conversionNone")}{" "}
                <TextLink
                  to="/w/$workspace/settings/conversions"
                  params={{ workspace: workspace.id }}
                  search={{ site: site.id }}
                  size="xs"
                >
                  {t("overview.defineConversion")}
                </TextLink>
              </>
            )
          }
          placeholder={needsConversion(draft.metric ?? "") ? undefined : t("wizard.conversionAny")}
          data={conversions.data?.map(({ display_name }) => display_name) ?? []}
          value={chosen}
          clearable={!needsConversion(draft.metric ?? "")}
          onChange={(name) =>
            change({ filters: [...(name ? [["is", "event:goal", [name]] as Filter] : []), ...segment] })
          }
        />
      )}
      {metric?.observed ? (
        <Place draft={draft} change={change} keyword={draft.metric === "keyword_position"} />
      ) : (
        <Input.Wrapper label={t("wizard.segment")} description={t("wizard.segmentHint")} labelElement="div">
          <div
            style={{ display: "flex", flexWrap: "wrap", gap: 8, alignItems: "center", marginBlockStart: 8 }}
          >
            <FilterChips
              filters={segment}
              onEdit={setEditing}
              onRemove={(at) =>
                change({ filters: [...conversion, ...segment.filter((_, index) => index !== at)] })
              }
            />
            {segment.length === 0 && (
              <span style={{ color: "var(--ink-soft)" }}>{t("wizard.segmentAll")}</span>
            )}
            <Button
              variant="light"
              size="compact-sm"
              leftSection={<IconPlus size={14} />}
              onClick={() => setEditing("new")}
            >
              {t("filter.add")}
            </Button>
          </div>
        </Input.Wrapper>
      )}
      <OwnWords letter="S" draft={draft} change={change} />
      {editing !== null && (
        <FilterDialog
          site={site.domain}
          range="91d"
          without={["event:goal"]}
          initial={editing === "new" ? undefined : segment[editing]}
          onClose={() => setEditing(null)}
          onApply={(filter) => {
            change({
              filters: [...conversion, ...segment.filter((_, index) => index !== editing), filter],
            });
            setEditing(null);
          }}
        />
      )}
    </>
  );
}

/** Where an entered figure is read: which keyword, which account. */
function Place({ draft, change, keyword }: Pick<StepProps, "draft" | "change"> & { keyword: boolean }) {
  const { t } = useTranslation();
  const dimension = draft.filters[0]?.[1] ?? (keyword ? "keyword" : "source");
  const value = draft.filters.find(([, name]) => name === dimension)?.[2].join(", ") ?? "";
  return (
    <TextInput
      label={keyword ? t("goals.say.keyword") : t("goals.say.account")}
      description={keyword ? t("goals.say.keywordHint") : t("goals.say.accountHint")}
      maxLength={200}
      value={value}
      onChange={(event) => {
        const values = event.currentTarget.value
          .split(/[,،]/)
          .map((one) => one.trimStart())
          .filter((one, at) => one || at > 0);
        change({ filters: values.length > 0 ? [["is", dimension, values]] : [] });
      }}
    />
  );
}
