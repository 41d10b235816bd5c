import type { TFunction } from "i18next";
import type en from "./locales/en";

/** Names of everything in the texts that holds further texts: `metric`, `problem.codes`. */
type Groups<T, Before extends string = ""> = {
  [Name in keyof T & string]: T[Name] extends string
    ? never
    : `${Before}${Name}` | Groups<T[Name], `${Before}${Name}.`>;
}[keyof T & string];

/** The text of a name that is only known when it runs, or `fallback` where its group has none. */
export function word(t: TFunction, group: Groups<typeof en>, name: string, fallback = ""): string {
  // The group is checked by its type; the name cannot be.
  return t(`${group}.${name}` as never, { defaultValue: fallback } as never) as unknown as string;
}
