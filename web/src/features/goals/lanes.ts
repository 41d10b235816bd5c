import type { Work } from "@/api/goals";

/** A piece of work as a bar: the days that it covers, and the row in which no other bar is in its way. */
export interface Bar {
  work: Work;
  from: string;
  to: string;
  lane: number;
}

/** Puts each piece of work into the first row that is free on its days. */
export function lanes(work: Omit<Bar, "lane">[]): Bar[] {
  const ends: string[] = [];
  return [...work]
    .sort((a, b) => a.from.localeCompare(b.from) || b.to.localeCompare(a.to))
    .map((bar) => {
      const free = ends.findIndex((end) => end < bar.from);
      const lane = free === -1 ? ends.length : free;
      ends[lane] = bar.to;
      return { ...bar, lane };
    });
}
