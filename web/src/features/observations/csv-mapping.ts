import type { CsvAnswer } from "@/api/dictionary";

// Which column of a table means what.

export const ROLES = ["none", "day", "value", "series", "weight", "dimension"] as const;
export type Role = (typeof ROLES)[number];

export interface Column {
  name: string;
  role: Role;
  /** What the dimension is called. */
  dimension: string;
}

export interface Mapping {
  columns: Column[];
  /** The series of all rows, where no column names it. */
  series: string;
  date_format: string;
  decimal: string;
}

/** What the server proposes, to be confirmed. */
export function proposed({ columns, guess }: CsvAnswer, series: string): Mapping {
  const roleOf = (name: string): Role => {
    if (name === guess.day) return "day";
    if (name === guess.value) return "value";
    if (name === guess.series) return "series";
    if (name === guess.weight) return "weight";
    return guess.dimensions.includes(name) ? "dimension" : "none";
  };
  return {
    columns: columns.map((name) => ({ name, role: roleOf(name), dimension: name.toLowerCase() })),
    series,
    date_format: guess.date_format ?? "iso",
    decimal: guess.decimal ?? "point",
  };
}

/** The mapping after a column got another role: of all roles but dimensions there is one column. */
export function assigned(mapping: Mapping, at: number, change: Partial<Column>): Mapping {
  const { role } = change;
  return {
    ...mapping,
    columns: mapping.columns.map((column, place) => {
      if (place === at) return { ...column, ...change };
      const gives = role !== undefined && role !== "none" && role !== "dimension" && column.role === role;
      return gives ? { ...column, role: "none" } : column;
    }),
  };
}

const named = (mapping: Mapping, role: Role) => mapping.columns.find((column) => column.role === role)?.name;

/** Whether there is enough to read the table. */
export const isMapped = (mapping: Mapping): boolean =>
  Boolean(named(mapping, "day") && named(mapping, "value")) &&
  Boolean(named(mapping, "series") || mapping.series.trim());

/** The mapping as the server takes it. */
export function asked(mapping: Mapping) {
  const dimensions = mapping.columns.filter(({ role }) => role === "dimension");
  return {
    date_format: mapping.date_format,
    decimal: mapping.decimal,
    mapping: {
      day: named(mapping, "day"),
      value: named(mapping, "value"),
      series: named(mapping, "series") ?? { fixed: mapping.series.trim() },
      weight: named(mapping, "weight") ?? null,
      dimensions: Object.fromEntries(
        dimensions.map(({ name, dimension }) => [dimension.trim() || name, name]),
      ),
    },
  };
}
