import { Button, Input, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { conversionsQuery } from "@/api/queries";
import type { Filter } from "@/api/types";
import { FilterChips } from "@/ui/filter-chips";
import { FilterDialog } from "@/ui/filter-dialog";
import { IconPlus } from "@/ui/icons";
import { TextLink } from "@/ui/links";
import { GOAL_METRICS, needsConversion } from "@/ui/metrics";
import { metricMeaning, metricName } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import type { StepProps } from "./goal-wizard";
import { OwnWords } from "./own-words";

const isConversion = ([operator, dimension]: Filter) => operator === "is" && dimension === "event:goal";

/** S: which figure, of which visitors. */
export function SpecificStep({ draft, change, site, sites }: StepProps) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [editing, setEditing] = useState<number | "new" | null>(null);
  const conversions = useQuery(conversionsQuery(workspace.id, site.id));
  const chosen = draft.filters.find(isConversion)?.[2][0] ?? null;
  const segment = draft.filters.filter((filter) => !isConversion(filter));
  const conversion = draft.filters.filter(isConversion);
  const wanted =
    draft.metric !== null &&
    (needsConversion(draft.metric) ||
      conversion.length > 0 ||
      draft.metric === "events" ||
      draft.metric === "visitors");
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
        description={draft.metric ? metricMeaning(t, draft.metric) : undefined}
        placeholder={t("wizard.metric")}
        data={GOAL_METRICS.map((value) => ({ value, label: metricName(t, value) }))}
        value={draft.metric}
        allowDeselect={false}
        onChange={(metric) => change({ metric })}
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
      <Input.Wrapper label={t("wizard.segment")} description={t("wizard.segmentHint")} labelElement="div">
        <div style={{ display: "flex", flexWrap: "wrap", gap: 8, alignItems: "center", marginBlockStart: 8 }}>
          <FilterChips
            filters={segment}
            onEdit={setEditing}
            onRemove={(at) =>
              change({ filters: [...conversion, ...segment.filter((_, index) => index !== at)] })
            }
          />
          {segment.length === 0 && <span style={{ color: "var(--ink-soft)" }}>{t("wizard.segmentAll")}</span>}
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
      <OwnWords letter="S" draft={draft} change={change} />
      {editing !== null && (
        <FilterDialog
          site={site.domain}
          range="91d"
          without={["event:goal"]}
          initial={editing === "new" ? undefined : segment[editing]}
          onClose={() => setEditing(null)}
          onApply={(filter) => {
            change({ filters: [...conversion, ...segment.filter((_, index) => index !== editing), filter] });
            setEditing(null);
          }}
        />
      )}
    </>
  );
}
