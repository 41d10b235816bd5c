import { Button, Table } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { type Observation, observationsPath } from "@/api/dictionary";
import type { Unit } from "@/api/goals";
import { ConfirmButton } from "@/ui/confirm";
import { useFormat } from "@/ui/format";
import { placeText } from "@/ui/place-fields";
import { useHere } from "@/ui/workspace";
import classes from "./observations.module.css";

const AT_ONCE = 30;

/** Every reading of a year, the latest first; a wrong one is taken back here. */
export function ReadingList({
  readings,
  unit,
  onDone,
}: {
  readings: Observation[];
  unit: Unit;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const { workspace, canEdit } = useHere();
  const [shown, setShown] = useState(AT_ONCE);
  const remove = async (one: Observation) => {
    const query = new URLSearchParams({
      series: one.series,
      day: one.day,
      dimensions: JSON.stringify(one.dimensions),
    });
    await call("DELETE", `${observationsPath(workspace.id)}?${query}`);
    onDone();
  };
  return (
    <>
      <Table.ScrollContainer minWidth={460} mt="sm" scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table className="tabular" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("dictionary.day")}</Table.Th>
              <Table.Th scope="col">{t("dictionary.place")}</Table.Th>
              <Table.Th scope="col" ta="end">
                {t("dictionary.number")}
              </Table.Th>
              <Table.Th scope="col">{t("dictionary.from")}</Table.Th>
              <Table.Th scope="col">
                <span className="visually-hidden">{t("common.delete")}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {readings.slice(0, shown).map((one) => (
              <Table.Tr key={`${one.day} ${JSON.stringify(one.dimensions)}`}>
                <Table.Td>{f.date(one.day, "short")}</Table.Td>
                <Table.Td>
                  <bdi>{placeText(one.dimensions)}</bdi>
                </Table.Td>
                <Table.Td ta="end">
                  {f.amount(unit, one.value)}
                  {one.weight !== 1 && (
                    <span className={classes.soft}>
                      {" "}
                      {t("dictionary.weighs", { n: f.number(one.weight, 2) })}
                    </span>
                  )}
                </Table.Td>
                <Table.Td>
                  <span className={classes.soft}>
                    {t(`dictionary.sources.${one.source}` as "dictionary.sources.csv", {
                      defaultValue: one.source,
                    })}
                    {" · "}
                    <bdi>{one.noted_by}</bdi>
                  </span>
                </Table.Td>
                <Table.Td ta="end">
                  {canEdit && (
                    <ConfirmButton
                      label={t("common.delete")}
                      title={t("dictionary.removeReading", { day: f.date(one.day, "short") })}
                      text={t("dictionary.removeReadingText")}
                      confirm={t("common.delete")}
                      action={() => remove(one)}
                    />
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {readings.length > shown && (
        <Button variant="subtle" size="compact-sm" mt={6} onClick={() => setShown(shown + 100)}>
          {t("common.more")}
        </Button>
      )}
    </>
  );
}
