import { useTranslation } from "react-i18next";
import type { Unit } from "@/api/goals";
import { useFormat } from "./format";
import { ValueInput } from "./value-input";

/** What a reading is of: `{ network: "Instagram" }`; empty for a series that has one place only. */
export type Place = Record<string, string>;

/** A place, and what was read there last. */
export interface Placed {
  dimensions: Place;
  last: { day: string; value: number } | null;
}

/** What a reading is of, in a line; empty for a series without dimensions. */
export const placeText = (place: Place): string => Object.values(place).join(", ");

/** Figures as they are being typed, by place. */
export type Typed = Record<string, number | null>;

const keyOf = (place: Place): string => JSON.stringify(place);

/** The places that have a figure by now. */
export const typedAt = <P extends { dimensions: Place }>(
  places: P[],
  typed: Typed,
): (P & { value: number })[] =>
  places.flatMap((place) => {
    const value = typed[keyOf(place.dimensions)] ?? null;
    return value === null ? [] : [{ ...place, value }];
  });

/** A field for each place of a figure, with what was read there last. */
export function PlaceFields(props: {
  places: Placed[];
  unit: Unit;
  /** Names each field, from its place (empty for the only one). */
  label: (place: string) => string;
  /** What stands below the first field where nothing was read yet. */
  hint?: string;
  className?: string;
  typed: Typed;
  onChange: (typed: Typed) => void;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const { unit, typed } = props;
  return props.places.map(({ dimensions, last }, at) => {
    const key = keyOf(dimensions);
    const was = last && t("dictionary.lastWas", { value: f.amount(unit, last.value), day: f.day(last.day) });
    return (
      <div key={key} className={props.className}>
        <ValueInput
          unit={unit}
          label={props.label(placeText(dimensions))}
          description={was ?? (at === 0 ? props.hint : undefined)}
          value={typed[key] ?? null}
          onChange={(value) => props.onChange({ ...typed, [key]: value })}
        />
      </div>
    );
  });
}
