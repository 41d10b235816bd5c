import { addDays, daysBetween } from "@/ui/format";

/** Every day of a course: what is counted is zero where nothing was, everything else unknown. */
export function courseOf(values: {
  from: string;
  to: string;
  days: { date: string; value: number }[];
  nature: string;
  observed: boolean;
}): { date: string; value: number | null }[] {
  const known = new Map(values.days.map(({ date, value }) => [date, value]));
  const absent = !values.observed && ["flow", "money"].includes(values.nature) ? 0 : null;
  const length = daysBetween(values.from, values.to) + 1;
  return Array.from({ length }, (_, at) => {
    const date = addDays(values.from, at);
    return { date, value: known.get(date) ?? absent };
  });
}
