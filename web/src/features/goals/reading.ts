import type { MetricFacts } from "@/api/dictionary";
import type { Reading, Span } from "@/api/goals";
import type { Filter } from "@/api/types";
import { type Draft, ofMetric } from "./draft";
import { bareName } from "./places";

// What a sentence was read as: its parts within the text, and what they make of a draft.

export type PartName = "metric" | "segment" | "target" | "baseline" | "date";

export interface Piece {
  text: string;
  part?: PartName;
}

/** Cuts a sentence at its parts, which stand in it by bytes of UTF-8. Parts that overlap: the first one wins. */
export function pieces(sentence: string, reading: Reading): Piece[] {
  const bytes = new TextEncoder().encode(sentence);
  const text = (from: number, to: number) => new TextDecoder().decode(bytes.slice(from, to));
  const found: { span: Span; part: PartName }[] = [];
  const add = (span: Span | undefined, part: PartName) => {
    if (span && span.end > span.start && span.end <= bytes.length) found.push({ span, part });
  };
  add(reading.metric?.span, "metric");
  for (const { span } of reading.segments) add(span, "segment");
  add(reading.target?.span, "target");
  add(reading.baseline?.span, "baseline");
  add(reading.start?.span, "date");
  add(reading.deadline?.span, "date");
  found.sort((a, b) => a.span.start - b.span.start);
  const out: Piece[] = [];
  let at = 0;
  for (const { span, part } of found) {
    if (span.start < at) continue;
    if (span.start > at) out.push({ text: text(at, span.start) });
    out.push({ text: text(span.start, span.end), part });
    at = span.end;
  }
  if (at < bytes.length) out.push({ text: text(at, bytes.length) });
  return out;
}

/** One filter for each dimension, with its values as alternatives. */
export function filtersOf(segments: Reading["segments"]): Filter[] {
  const grouped = new Map<string, string[]>();
  for (const { value } of segments) {
    grouped.set(value.dimension, [...(grouped.get(value.dimension) ?? []), value.value]);
  }
  return [...grouped].map(([dimension, values]) => ["is", dimension, values]);
}

/** The draft with everything that the sentence says. What it does not say stays. */
export function taken(draft: Draft, reading: Reading, metrics: MetricFacts[] = []): Draft {
  const { metric, direction, target, start, deadline } = reading;
  const known = metrics.find(({ key }) => key === metric?.value);
  const filters = filtersOf(reading.segments);
  return {
    ...draft,
    metric: metric?.value ?? draft.metric,
    // Readings of a figure name their places without saying that they are a visit's.
    filters: !metric
      ? draft.filters
      : known?.observed
        ? filters.map(([operator, name, values]): Filter => [operator, bareName(name), values])
        : filters,
    // What was chosen for another metric is not this one's.
    ...(metric && metric.value !== draft.metric ? ofMetric : {}),
    ...(direction ? { better: direction.value } : target ? { better: null } : {}),
    ...(target
      ? {
          target_kind: target.value.kind ?? draft.target_kind,
          target_input: target.value.input,
          // A number for each month is the last month's.
          counting: target.value.counting && { kind: target.value.counting, threshold: null },
          stated_baseline: reading.stated_baseline,
        }
      : {}),
    start_date: start && start.confidence !== "assumed" ? start.value : draft.start_date,
    deadline: deadline?.value ?? draft.deadline,
  };
}
