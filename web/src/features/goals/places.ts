// Where an entered figure is read, as its readings name it: `{ source: "Instagram" }`, `{ keyword: "shoes" }`.

/** A dimension as readings name it: without the part that says whose it is of an event. */
export const bareName = (dimension: string): string => dimension.replace(/^(event:props:|visit:|event:)/, "");
