import { Button, Group, Select, Skeleton, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Metric, metricsQuery } from "@/api/dictionary";
import { membersQuery, sitesQuery } from "@/api/queries";
import { IconPlus, IconSearch } from "@/ui/icons";
import { Empty, ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { Section } from "@/ui/section";
import { useHere } from "@/ui/workspace";
import { MetricItem } from "./metric-card";
import { MetricDrawer } from "./metric-drawer";
import { MetricForm } from "./metric-form";
import classes from "./metrics.module.css";

/** How ready metrics are told apart: by where their figures come from. */
const GROUPS = ["query", "events", "entered"] as const;
const groupOf = ({ observed, formula }: Metric): (typeof GROUPS)[number] =>
  observed ? "entered" : formula.kind === "query" ? "query" : "events";

/** The dictionary: the workspace's own metrics and the ready ones, each with what it is now. */
export function MetricsPage() {
  const { t } = useTranslation();
  const { workspace, canEdit } = useHere();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { metric: open } = useSearch({ from: "/w/$workspace/settings/metrics" });
  const metrics = useQuery(metricsQuery(workspace.id));
  const sites = useQuery(sitesQuery(workspace.id)).data ?? [];
  const members = useQuery(membersQuery(workspace.id)).data ?? [];
  const [siteId, setSite] = useState("");
  const [said, setSaid] = useState("");
  const [editing, setEditing] = useState<{ metric: Metric | null; like?: Metric } | null>(null);
  const site = siteId || sites[0]?.id || "";
  const all = metrics.data ?? [];
  const words = said.trim().toLowerCase();
  const found = all.filter(
    ({ name, key, description }) =>
      words === "" || [name, key, description].some((text) => text.toLowerCase().includes(words)),
  );
  const own = found.filter(({ ready }) => !ready);
  const chosen = all.find(({ key }) => key === open);
  const ownerOf = ({ owner_id }: Metric) => members.find(({ user_id }) => user_id === owner_id)?.name;
  const show = (metric: string | undefined) =>
    navigate({
      to: "/w/$workspace/settings/metrics",
      params: { workspace: workspace.id },
      search: { metric },
      resetScroll: false,
    });
  const add = canEdit && sites.length > 0 && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing({ metric: null })}>
      {t("dictionary.new")}
    </Button>
  );
  return (
    <Section title={t("dictionary.metrics")} lead={t("dictionary.metricsLead")} action={add}>
      <ProblemAlert problem={metrics.error} retry={() => metrics.refetch()} />
      <Group mb="lg" align="end">
        <TextInput
          aria-label={t("dictionary.search")}
          placeholder={t("dictionary.search")}
          leftSection={<IconSearch size={16} />}
          type="search"
          w={280}
          maw="100%"
          value={said}
          onChange={(event) => setSaid(event.currentTarget.value)}
        />
        {sites.length > 1 && (
          <Select
            aria-label={t("dictionary.site")}
            allowDeselect={false}
            data={sites.map(({ id, name, domain }) => ({ value: id, label: name || domain }))}
            value={site}
            onChange={(value) => setSite(value ?? "")}
          />
        )}
      </Group>
      {metrics.isPending && <Skeleton height={240} />}
      {metrics.data && (
        <>
          <h3 className={classes.h3}>{t("dictionary.own")}</h3>
          {own.length === 0 ? (
            <Panel padded={false} className={classes.none}>
              <Empty
                title={words ? t("dictionary.notFound") : t("dictionary.none")}
                text={words ? t("dictionary.notFoundText") : t("dictionary.noneText")}
                action={!words && add}
              />
            </Panel>
          ) : (
            <ul className={classes.cards}>
              {own.map((metric) => (
                <MetricItem key={metric.key} metric={metric} site={site} owner={ownerOf(metric)} />
              ))}
            </ul>
          )}
          {GROUPS.map((group) => {
            const ready = found.filter((metric) => metric.ready && groupOf(metric) === group);
            return (
              ready.length > 0 && (
                <section key={group}>
                  <h3 className={classes.h3}>{t(`dictionary.groups.${group}`)}</h3>
                  <ul className={classes.rows}>
                    {ready.map((metric) => (
                      <MetricItem key={metric.key} metric={metric} site={site} row />
                    ))}
                  </ul>
                </section>
              )
            );
          })}
        </>
      )}
      {chosen && !editing && (
        <MetricDrawer
          metric={chosen}
          metrics={all}
          site={site}
          owner={ownerOf(chosen)}
          onEdit={() => setEditing({ metric: chosen })}
          onCopy={() => setEditing({ metric: null, like: chosen })}
          onClose={() => show(undefined)}
        />
      )}
      {editing && (
        <MetricForm
          metric={editing.metric}
          like={editing.like}
          metrics={all}
          sites={sites}
          onClose={() => setEditing(null)}
          onDone={async (metric) => {
            await client.invalidateQueries({ queryKey: [workspace.id, "metrics"] });
            await client.invalidateQueries({ queryKey: [workspace.id, "metric-values"] });
            setEditing(null);
            show(metric.key);
          }}
        />
      )}
    </Section>
  );
}
