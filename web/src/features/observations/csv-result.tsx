import { Alert, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { CsvAnswer } from "@/api/dictionary";
import { useFormat } from "@/ui/format";
import { IconAlert, IconCheck } from "@/ui/icons";
import classes from "./observations.module.css";

export interface Result {
  rows: CsvAnswer["rows"];
  accepted: number;
  refused: CsvAnswer["refused"];
  refusedTotal: number;
  kept: { new: number; replaced: number } | null;
}

/** What a table would bring, which lines cannot be read and why, or what became of it. */
export function CsvResult({ result }: { result: Result }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { kept } = result;
  const bad = result.refusedTotal > 0;
  return (
    <div aria-live="polite">
      {kept ? (
        <Alert color="green" icon={<IconCheck size={20} />}>
          {t("dictionary.imported", { n: f.number(kept.new), replaced: f.number(kept.replaced) })}
        </Alert>
      ) : (
        <Alert color={bad ? "red" : "blue"} icon={bad ? <IconAlert size={20} /> : <IconCheck size={20} />}>
          {bad
            ? t("dictionary.refusedRows", {
                n: f.number(result.accepted),
                refused: f.number(result.refusedTotal),
              })
            : t("dictionary.accepted", { n: f.number(result.accepted) })}
          <ul className={classes.refused}>
            {result.refused.slice(0, 20).map((row) => (
              <li key={`${row.line} ${row.field} ${row.code}`}>
                {t("dictionary.line", {
                  n: f.number(row.line),
                  field: `\u2068${row.field}\u2069`,
                  message: t(`dictionary.refused.${row.code}` as "dictionary.refused.twice", {
                    defaultValue: row.message,
                  }),
                })}
              </li>
            ))}
          </ul>
          {result.refusedTotal > 20 && (
            <Text size="sm">{t("dictionary.moreRefused", { n: f.number(result.refusedTotal - 20) })}</Text>
          )}
        </Alert>
      )}
      {!kept && result.rows.length > 0 && (
        <Table.ScrollContainer minWidth={420} mt="sm" scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table className="tabular" aria-label={t("dictionary.preview")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{t("dictionary.day")}</Table.Th>
                <Table.Th scope="col">{t("dictionary.series")}</Table.Th>
                <Table.Th scope="col">{t("dictionary.place")}</Table.Th>
                <Table.Th scope="col" ta="end">
                  {t("dictionary.number")}
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {result.rows.slice(0, 10).map((row) => (
                <Table.Tr key={`${row.series} ${row.day} ${JSON.stringify(row.dimensions)}`}>
                  <Table.Td>{f.date(row.day, "short")}</Table.Td>
                  <Table.Td>
                    <bdi>{row.series}</bdi>
                  </Table.Td>
                  <Table.Td>
                    <bdi>{Object.values(row.dimensions).join(", ")}</bdi>
                  </Table.Td>
                  <Table.Td ta="end">{f.number(row.value, 4)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </div>
  );
}
