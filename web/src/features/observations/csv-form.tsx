import { Button, FileInput, Group, NativeSelect, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type CsvAnswer, observationsPath } from "@/api/dictionary";
import { useFormat } from "@/ui/format";
import { ProblemAlert } from "@/ui/page";
import { Panel } from "@/ui/panel";
import { useHere } from "@/ui/workspace";

const DATES = [
  { value: "iso", label: "2026-03-21" },
  { value: "dmy", label: "21.3.2026" },
  { value: "mdy", label: "3/21/2026" },
  { value: "jalali", label: "1405/01/01" },
];
const DECIMALS = [
  { value: "point", label: "1,234.5" },
  { value: "comma", label: "1.234,5" },
];
const START = { day: "", value: "", series: "", date_format: "iso", decimal: "point" };

/** A table: its columns, what they mean, what it would bring, and then its import. */
export function CsvForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace } = useHere();
  const [csv, setCsv] = useState("");
  const [values, setValues] = useState(START);
  const path = `${observationsPath(workspace.id)}/csv`;
  const columns = useMutation({
    mutationFn: (text: string) => call<CsvAnswer>("POST", path, { csv: text }),
  });
  const send = useMutation({
    mutationFn: (preview: boolean) =>
      call<CsvAnswer>("POST", path, {
        csv,
        preview,
        date_format: values.date_format,
        decimal: values.decimal,
        mapping: { day: values.day, value: values.value, series: { fixed: values.series } },
      }),
    onSuccess: (answer) => answer.kept && onDone(),
  });
  const take = async (file: File | null) => {
    send.reset();
    columns.reset();
    const text = file ? await file.text() : "";
    setCsv(text);
    if (text) columns.mutate(text);
  };
  const set = (name: keyof typeof START) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    send.reset();
    setValues((before) => ({ ...before, [name]: value }));
  };
  const names = ["", ...(columns.data?.columns ?? [])];
  const answer = send.data;
  const ready = values.day && values.value && values.series;
  return (
    <Panel>
      <Stack>
        <Title order={3} size="h4">
          {t("dictionary.upload")}
        </Title>
        <FileInput label={t("dictionary.file")} accept=".csv,text/csv" clearable onChange={take} />
        {columns.data && (
          <Group grow preventGrowOverflow={false} align="end">
            <NativeSelect
              label={t("dictionary.dayColumn")}
              data={names}
              value={values.day}
              onChange={set("day")}
            />
            <NativeSelect
              label={t("dictionary.valueColumn")}
              data={names}
              value={values.value}
              onChange={set("value")}
            />
            <TextInput
              label={t("dictionary.series")}
              list="series"
              value={values.series}
              onChange={set("series")}
            />
            <NativeSelect
              label={t("dictionary.dateFormat")}
              data={DATES}
              value={values.date_format}
              onChange={set("date_format")}
            />
            <NativeSelect
              label={t("dictionary.decimal")}
              data={DECIMALS}
              value={values.decimal}
              onChange={set("decimal")}
            />
          </Group>
        )}
        <div aria-live="polite">
          <ProblemAlert problem={columns.error ?? send.error} />
          {answer?.kept && (
            <Text>{t("dictionary.imported", { n: answer.kept.new, replaced: answer.kept.replaced })}</Text>
          )}
          {answer && !answer.kept && (
            <Text>{t("dictionary.accepted", { n: answer.accepted, refused: answer.refused_total })}</Text>
          )}
          {answer?.refused.map((row) => (
            <Text size="sm" c="red" key={`${row.line} ${row.field} ${row.code}`}>
              {t("dictionary.line", { n: row.line, field: row.field, message: row.message })}
            </Text>
          ))}
        </div>
        {answer && !answer.kept && answer.rows.length > 0 && (
          <Table.ScrollContainer minWidth={320}>
            <Table className="tabular">
              <Table.Tbody>
                {answer.rows.map((row) => (
                  <Table.Tr key={`${row.day} ${JSON.stringify(row.dimensions)}`}>
                    <Table.Td>{f.date(row.day, "short")}</Table.Td>
                    <Table.Td>{f.number(row.value, 2)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        {columns.data && (
          <Group>
            <Button
              variant="default"
              disabled={!ready}
              loading={send.isPending}
              onClick={() => send.mutate(true)}
            >
              {t("dictionary.preview")}
            </Button>
            <Button
              disabled={!ready || !answer || answer.refused_total > 0 || !!answer.kept}
              onClick={() => send.mutate(false)}
            >
              {t("dictionary.import")}
            </Button>
          </Group>
        )}
      </Stack>
    </Panel>
  );
}
