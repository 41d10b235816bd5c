import { Autocomplete } from "@mantine/core";
import type { Series } from "@/api/dictionary";

/** A series chosen by its name, or a new one by a name of one's own. */
export function SeriesField(props: {
  label: string;
  description?: string;
  error?: string;
  series: Series[];
  value: string;
  onChange: (series: string) => void;
}) {
  const { series } = props;
  const shown = series.find((one) => one.series === props.value)?.name ?? props.value;
  return (
    <Autocomplete
      label={props.label}
      description={props.description}
      error={props.error}
      maxLength={120}
      limit={30}
      data={[...new Set(series.map(({ name }) => name))]}
      value={shown}
      onChange={(text) => props.onChange(series.find(({ name }) => name === text)?.series ?? text)}
    />
  );
}
