import { Button, FileInput, Group, Progress, Select, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type CsvAnswer, observationsPath, type Series } from "@/api/dictionary";
import { useFormat } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";
import { CsvColumns } from "./csv-columns";
import { asked, isMapped, type Mapping, proposed } from "./csv-mapping";
import { type CsvPart, partsOf } from "./csv-parts";
import { CsvResult, type Result } from "./csv-result";
import classes from "./observations.module.css";
import { SeriesField } from "./series-field";

const DATES = ["iso", "dmy", "mdy", "jalali"] as const;
const EXAMPLES = { iso: "2026-03-21", dmy: "21.3.2026", mdy: "3/21/2026", jalali: "۱۴۰۵/۰۱/۰۱" };

/** A table: its columns, what they mean, what it would bring, and then its import, part by part. */
export function CsvForm({ series, onDone }: { series: Series[]; onDone: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const [parts, setParts] = useState<CsvPart[]>([]);
  const [mapping, setMapping] = useState<Mapping | null>(null);
  const [done, setDone] = useState(0);
  const path = `${observationsPath(workspace.id)}/csv`;
  const columns = useMutation({
    mutationFn: (part: CsvPart) => call<CsvAnswer>("POST", path, { csv: part.csv }),
    onSuccess: (answer) => setMapping(proposed(answer, "")),
  });
  const send = useMutation({
    mutationFn: async (preview: boolean) => {
      const result: Result = { rows: [], accepted: 0, refused: [], refusedTotal: 0, kept: null };
      setDone(0);
      for (const part of parts) {
        const body = { ...asked(mapping as Mapping), csv: part.csv, preview };
        const answer = await call<CsvAnswer>("POST", path, body);
        if (result.rows.length === 0) result.rows = answer.rows;
        result.accepted += answer.accepted;
        result.refusedTotal += answer.refused_total;
        const named = answer.refused.map((row) => ({ ...row, line: row.line + part.offset }));
        result.refused = [...result.refused, ...named].slice(0, 100);
        if (answer.kept) {
          result.kept = {
            new: (result.kept?.new ?? 0) + answer.kept.new,
            replaced: (result.kept?.replaced ?? 0) + answer.kept.replaced,
          };
        }
        setDone((before) => before + 1);
      }
      return result;
    },
    onSuccess: (result) => result.kept && onDone(),
  });
  const change = (next: Mapping) => {
    send.reset();
    setMapping(next);
  };
  const take = async (file: File | null) => {
    send.reset();
    columns.reset();
    setMapping(null);
    const cut = file ? partsOf(await file.text()) : [];
    setParts(cut);
    if (cut[0]) columns.mutate(cut[0]);
  };
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const result = send.data;
  const checked = result && !result.kept && result.refusedTotal === 0 && result.accepted > 0;
  return (
    <Panel aria-labelledby="csv-title">
      <Stack>
        <div>
          <h3 id="csv-title" className={classes.h3}>
            {t("dictionary.upload")}
          </h3>
          <p className={classes.soft}>{t("dictionary.uploadLead")}</p>
        </div>
        <FileInput
          label={t("dictionary.file")}
          placeholder={t("dictionary.choose")}
          accept=".csv,.tsv,.txt,text/csv"
          clearable
          clearButtonProps={{ "aria-label": t("common.delete") }}
          maw={420}
          onChange={take}
        />
        <ProblemAlert problem={columns.error} />
        {mapping && columns.data && (
          <>
            <Text size="sm">{t("dictionary.rowsFound", { n: f.number(rows) })}</Text>
            <CsvColumns mapping={mapping} sample={columns.data.sample} onChange={change} />
            <div className={classes.fields}>
              {!mapping.columns.some(({ role }) => role === "series") && (
                <SeriesField
                  label={t("dictionary.allSeries")}
                  series={series}
                  value={mapping.series}
                  onChange={(name) => change({ ...mapping, series: name })}
                />
              )}
              <Select
                label={t("dictionary.dateFormat")}
                allowDeselect={false}
                data={DATES.map((value) => ({
                  value,
                  label: `${t(`dictionary.dates.${value}`)} (${EXAMPLES[value]})`,
                }))}
                value={mapping.date_format}
                onChange={(value) => change({ ...mapping, date_format: value ?? "iso" })}
              />
              <Select
                label={t("dictionary.decimal")}
                allowDeselect={false}
                data={[
                  { value: "point", label: t("dictionary.point") },
                  { value: "comma", label: t("dictionary.comma") },
                ]}
                value={mapping.decimal}
                onChange={(value) => change({ ...mapping, decimal: value ?? "point" })}
              />
            </div>
            <Group>
              <Button
                variant={checked ? "default" : "filled"}
                disabled={!isMapped(mapping)}
                loading={send.isPending}
                onClick={() => send.mutate(true)}
              >
                {t("dictionary.check")}
              </Button>
              {checked && (
                <Button onClick={() => send.mutate(false)}>
                  {t("dictionary.import", { n: f.number(result.accepted) })}
                </Button>
              )}
            </Group>
            {send.isPending && parts.length > 1 && (
              <div>
                <Progress
                  value={(done / parts.length) * 100}
                  aria-label={t("dictionary.progress")}
                  size="lg"
                />
                <Text size="sm" mt={4} aria-live="polite">
                  {t("dictionary.progressText", {
                    percent: f.percent((done / parts.length) * 100, 0),
                    n: f.number(rows),
                  })}
                </Text>
              </div>
            )}
            <ProblemAlert problem={send.error} />
            {result && <CsvResult result={result} />}
          </>
        )}
      </Stack>
    </Panel>
  );
}
