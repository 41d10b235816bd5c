import type { Filter } from "@/api/types";

// Where an entered figure is read, as its readings name it: `{ source: "Instagram" }`, `{ keyword: "shoes" }`.

/** A dimension as readings name it: without the part that says whose it is of an event. */
export const bareName = (dimension: string): string => dimension.replace(/^(event:props:|visit:|event:)/, "");

/** The places that filters mean: one for each value where a single filter has several. */
export function placesOf(filters: Filter[]): Record<string, string>[] {
  const named = filters.filter(([operator]) => operator === "is");
  const [first, ...rest] = named;
  if (!first) return [{}];
  const shared = Object.fromEntries(rest.map(([, name, values]) => [bareName(name), values[0] ?? ""]));
  return first[2]
    .filter((value) => value.trim())
    .map((value) => ({ ...shared, [bareName(first[1])]: value.trim() }));
}
