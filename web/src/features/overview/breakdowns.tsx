import { Autocomplete, Button, Select, Skeleton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { plain, statsQuery } from "@/api/stats";
import type { Filter, Site } from "@/api/types";
import { useFormat } from "@/ui/format";
import { IconNot } from "@/ui/icons";
import { ButtonLink } from "@/ui/links";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { dimensionMeaning, metricName, valueName } from "@/ui/words";
import { useHere } from "@/ui/workspace";
import classes from "./breakdown.module.css";
import { DetailsDialog } from "./details-dialog";
import { CARDS, columnsOf, SCOPES, type Scope, scoped, type Tab, UTM } from "./dimensions";
import overview from "./overview.module.css";
import { baseQuery, type View } from "./view";

interface Shared {
  site: Site;
  view: View;
  today: string;
  onFilter: (filter: Filter) => void;
}

/** What the visitors of the period have in common. */
export function Breakdowns(props: Shared) {
  const { t } = useTranslation();
  const [utm, setUtm] = useState<(typeof UTM)[number]>("utm_campaign");
  const [scope, setScope] = useState<Scope>("visit");
  const toolsOf = (name: Tab["name"]) => {
    if (name === "campaign") {
      return (
        <Select
          aria-label={t("overview.tab.campaign")}
          size="xs"
          w={150}
          allowDeselect={false}
          data={UTM.map((value) => ({ value, label: t(`overview.utm.${value}`) }))}
          value={utm}
          onChange={(value) => setUtm((value ?? "utm_campaign") as typeof utm)}
        />
      );
    }
    if (name !== "channel" && name !== "source") return null;
    return (
      <Select
        aria-label={t("sources.scope.label")}
        size="xs"
        w={170}
        allowDeselect={false}
        data={SCOPES.map((value) => ({ value, label: t(`sources.scope.${value}`) }))}
        value={scope}
        onChange={(value) => setScope((value ?? "visit") as Scope)}
      />
    );
  };
  return (
    <div className={overview.cards}>
      {CARDS.map(({ name, tabs }) => (
        <Card
          key={name}
          {...props}
          title={t(`overview.card.${name}`)}
          tabs={tabs.map((tab) => ({
            name: tab.name,
            label: t(`overview.tab.${tab.name}`),
            dimension: tab.name === "campaign" ? `visit:${utm}` : scoped(tab.dimension, scope),
            tools: toolsOf(tab.name),
          }))}
        />
      ))}
      <Conversions {...props} />
    </div>
  );
}

function Conversions(props: Shared) {
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [known, setKnown] = useLocalStorage<string[]>({
    key: `luotsi-properties-${props.site.id}`,
    defaultValue: [],
  });
  const [typed, setTyped] = useState("");
  const [property, setProperty] = useState("");
  const choose = (name: string) => {
    const trimmed = name.trim();
    setProperty(trimmed);
    if (trimmed && !known.includes(trimmed)) setKnown([trimmed, ...known].slice(0, 12));
  };
  return (
    <Card
      {...props}
      wide
      title={t("overview.card.conversions")}
      tabs={[
        {
          name: "goal",
          label: t("overview.tab.goal"),
          dimension: "event:goal",
          none: (
            <>
              <p>
                <b>{t("overview.noConversions")}</b>
                <br />
                {t("overview.noConversionsText")}
              </p>
              <ButtonLink
                to="/w/$workspace/settings/conversions"
                params={{ workspace: workspace.id }}
                search={{ site: props.site.id }}
                variant="default"
                mt="md"
              >
                {t("overview.defineConversion")}
              </ButtonLink>
            </>
          ),
        },
        {
          name: "props",
          label: t("overview.tab.props"),
          dimension: property ? `event:props:${property}` : null,
          none: property ? t("overview.noProperties") : t("overview.propertyHint"),
          tools: (
            <Autocomplete
              aria-label={t("overview.propertyName")}
              placeholder={t("overview.propertyName")}
              size="xs"
              w={220}
              data={known}
              value={typed}
              onChange={setTyped}
              onOptionSubmit={choose}
              onBlur={() => choose(typed)}
              onKeyDown={(event) => event.key === "Enter" && choose(typed)}
            />
          ),
        },
      ]}
    />
  );
}

interface CardTab {
  name: string;
  label: string;
  dimension: string | null;
  tools?: React.ReactNode;
  none?: React.ReactNode;
}

function Card(props: Shared & { title: string; tabs: CardTab[]; wide?: boolean }) {
  const { t } = useTranslation();
  const id = useId();
  const [chosen, setChosen] = useState(0);
  const [details, setDetails] = useState(false);
  const tab = props.tabs[chosen] ?? props.tabs[0];
  if (!tab) return null;
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const step = event.key === forward ? 1 : event.key.startsWith("Arrow") ? -1 : 0;
    if (step === 0 || event.key === "ArrowUp" || event.key === "ArrowDown") return;
    const next = (chosen + step + props.tabs.length) % props.tabs.length;
    setChosen(next);
    event.currentTarget.querySelectorAll("button")[next]?.focus();
  };
  return (
    <Panel
      padded={false}
      className={`${classes.card} ${props.wide ? `${overview.wide} ${classes.whole}` : ""}`}
      aria-labelledby={`${id}-title`}
    >
      <div className={classes.head}>
        <h2 id={`${id}-title`}>{props.title}</h2>
        <div
          role="tablist"
          tabIndex={-1}
          aria-labelledby={`${id}-title`}
          className={classes.tabs}
          onKeyDown={move}
        >
          {props.tabs.map(({ name, label }, index) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}-${name}`}
              aria-selected={index === chosen}
              aria-controls={`${id}-panel`}
              tabIndex={index === chosen ? 0 : -1}
              className={classes.tab}
              onClick={() => setChosen(index)}
            >
              {label}
            </button>
          ))}
        </div>
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${tab.name}`}
        style={{ display: "contents" }}
      >
        {tab.tools && <div className={classes.tools}>{tab.tools}</div>}
        {tab.dimension && dimensionMeaning(t, tab.dimension) && (
          <p className={classes.meaning}>{dimensionMeaning(t, tab.dimension)}</p>
        )}
        {tab.dimension ? (
          <Rows {...props} dimension={tab.dimension} none={tab.none} onDetails={() => setDetails(true)} />
        ) : (
          <div className={classes.none}>{tab.none}</div>
        )}
      </div>
      {details && tab.dimension && (
        <DetailsDialog
          site={props.site}
          view={props.view}
          today={props.today}
          dimension={tab.dimension}
          onClose={() => setDetails(false)}
          onFilter={(filter) => {
            setDetails(false);
            props.onFilter(filter);
          }}
        />
      )}
    </Panel>
  );
}

const SHOWN = 9;

const isOptional = (dimension: string) =>
  dimension.startsWith("visit:utm_") || dimension === "visit:region" || dimension === "visit:city";

function Rows(props: Shared & { dimension: string; none?: React.ReactNode; onDetails: () => void }) {
  const { site, view, today, dimension } = props;
  const { t } = useTranslation();
  const f = useFormat(site.currency);
  const columns = columnsOf(dimension, view.f ?? []);
  const [first] = columns;
  const query = useQuery(
    statsQuery({
      ...baseQuery(view, site.domain, today),
      metrics: columns,
      dimensions: [dimension],
      order_by: [[first, "desc"]],
      pagination: { limit: SHOWN + 1 },
    }),
  );
  if (query.error) {
    return (
      <div className={classes.tools}>
        <ProblemAlert problem={query.error} title={t("problem.query")} retry={() => query.refetch()} />
      </div>
    );
  }
  if (!query.data) {
    return (
      <div className={classes.rows}>
        {["a", "b", "c", "d", "e", "f"].map((key) => (
          <Skeleton key={key} height={28} my={6} />
        ))}
      </div>
    );
  }
  // Most visits have no campaign and no known city: that row would only dwarf the others. The
  // details have it.
  const rows = query.data.results
    .filter((row) => !isOptional(dimension) || row.dimensions[0] !== "(not set)")
    .slice(0, SHOWN);
  if (rows.length === 0) return <div className={classes.none}>{props.none ?? t("overview.nothing")}</div>;
  const most = Math.max(...rows.map((row) => plain(row.metrics[0]) ?? 0), 1);
  return (
    <>
      <div className={classes.columns} aria-hidden="true">
        {columns.map((metric) => (
          <span key={metric}>
            {metric === "percentage" || metric === "group_conversion_rate" ? "%" : metricName(t, metric)}
          </span>
        ))}
      </div>
      <ul className={classes.rows}>
        {rows.map((row) => {
          const value = row.dimensions[0] ?? "";
          const label = valueName(t, f, dimension, value);
          const unset = value === "" || value === "(not set)";
          return (
            <li key={value} className={classes.row}>
              <span
                className={classes.fill}
                style={{ width: `${((plain(row.metrics[0]) ?? 0) / most) * 100}%` }}
                aria-hidden="true"
              />
              {unset ? (
                <span className={classes.name}>{label}</span>
              ) : (
                <button
                  type="button"
                  className={classes.name}
                  dir="auto"
                  title={label}
                  aria-label={t("filter.only", { value: label })}
                  onClick={() => props.onFilter(["is", dimension, [value]])}
                >
                  {label}
                </button>
              )}
              {!unset && (
                <button
                  type="button"
                  className={classes.exclude}
                  aria-label={t("filter.exclude", { value: label })}
                  title={t("filter.exclude", { value: label })}
                  onClick={() => props.onFilter(["is_not", dimension, [value]])}
                >
                  <IconNot size={15} />
                </button>
              )}
              <span className={classes.figures}>
                {columns.map((metric, index) =>
                  index === 0 ? (
                    <b key={metric}>{f.metric(metric, row.metrics[index], { compact: true })}</b>
                  ) : (
                    <span key={metric} className={classes.share}>
                      {f.metric(metric, row.metrics[index], { compact: true })}
                    </span>
                  ),
                )}
              </span>
            </li>
          );
        })}
      </ul>
      <div className={classes.foot}>
        <Button variant="subtle" color="gray" size="compact-sm" onClick={props.onDetails}>
          {t("overview.details")}
        </Button>
      </div>
    </>
  );
}
