import type en from "./en";

type Translated<T> = { [Key in keyof T]: T[Key] extends string ? string : Translated<T[Key]> };

/** Everything that a language must say. */
export type Words = Translated<typeof en>;
