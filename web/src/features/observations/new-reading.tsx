import { ActionIcon, Autocomplete, Button, Group, Input, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { observationsPath, type Series } from "@/api/dictionary";
import type { Unit } from "@/api/goals";
import { DayField } from "@/ui/day-field";
import { IconPlus, IconTrash } from "@/ui/icons";
import { NumberField } from "@/ui/number-field";
import { ProblemAlert } from "@/ui/page";
import { ValueInput } from "@/ui/value-input";
import { useHere } from "@/ui/workspace";
import classes from "./observations.module.css";
import { SeriesField } from "./series-field";

/** A figure of a series or a place that is not there yet. */
export function NewReading(props: {
  series: Series[];
  unitOf: (series: string) => Unit;
  initial: string;
  today: string;
  onDone: () => void;
  onClose: () => void;
}) {
  const { series, today } = props;
  const { t } = useTranslation();
  const { workspace } = useHere();
  const [name, setName] = useState(props.initial);
  const names = (of: string) => [
    ...new Set(series.find((one) => one.series === of)?.last.flatMap((one) => Object.keys(one.dimensions))),
  ];
  const [places, setPlaces] = useState(() =>
    names(props.initial).map((dimension) => ({ dimension, value: "" })),
  );
  const [day, setDay] = useState(today);
  const [value, setValue] = useState<number | null>(null);
  const [weight, setWeight] = useState<number | null>(null);
  const save = useMutation({
    mutationFn: () => {
      const dimensions = Object.fromEntries(
        places
          .map(({ dimension, value: of }) => [dimension.trim(), of.trim()] as const)
          .filter(([dimension, of]) => dimension && of),
      );
      const reading = { series: name.trim(), dimensions, day, value, weight };
      return call("POST", observationsPath(workspace.id), { observations: [reading] });
    },
    onSuccess: () => {
      props.onDone();
      props.onClose();
    },
  });
  const put = (at: number, change: Partial<(typeof places)[number]>) =>
    setPlaces(places.map((old, place) => (place === at ? { ...old, ...change } : old)));
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t("dictionary.newReading")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && value !== null) save.mutate();
        }}
      >
        <Stack>
          <SeriesField
            label={t("dictionary.series")}
            description={t("dictionary.seriesOwn")}
            series={series}
            value={name}
            onChange={setName}
          />
          <Input.Wrapper
            label={t("dictionary.placeOptional")}
            description={t("dictionary.placeHint")}
            labelElement="div"
          >
            {places.map((place, at) => (
              <div className={classes.dimension} key={at}>
                <Autocomplete
                  aria-label={t("dictionary.dimensionName")}
                  placeholder={t("dictionary.dimensionExample")}
                  data={names(name)}
                  value={place.dimension}
                  onChange={(dimension) => put(at, { dimension })}
                />
                <TextInput
                  aria-label={t("dictionary.dimensionValue")}
                  placeholder={t("dictionary.valueExample")}
                  maxLength={200}
                  value={place.value}
                  onChange={(event) => put(at, { value: event.currentTarget.value })}
                />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={t("common.delete")}
                  onClick={() => setPlaces(places.filter((_, of) => of !== at))}
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
                onClick={() => setPlaces([...places, { dimension: "", value: "" }])}
              >
                {t("dictionary.addDimension")}
              </Button>
            </Group>
          </Input.Wrapper>
          <ValueInput
            key={name}
            unit={props.unitOf(name)}
            label={t("dictionary.number")}
            value={value}
            onChange={setValue}
          />
          <DayField
            label={t("dictionary.day")}
            value={day}
            max={today}
            onChange={(next) => setDay(next ?? today)}
          />
          <NumberField
            label={t("dictionary.weight")}
            description={t("dictionary.weightHint")}
            value={weight}
            onChange={setWeight}
          />
          <ProblemAlert problem={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" disabled={!name.trim() || value === null} loading={save.isPending}>
              {t("dictionary.noteIt")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
