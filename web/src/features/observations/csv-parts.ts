// A long table in parts that are sent one after another, so that one sees how far it is.

/** Rows and characters of a part: far below what one request may bring. */
const MOST_ROWS = 5_000;
const MOST_CHARACTERS = 1_000_000;

export interface CsvPart {
  /** With the table's first line. */
  csv: string;
  rows: number;
  /** What to add to the part's lines to have those of the file. */
  offset: number;
}

/** Cuts a table between rows, never within quotes. */
export function partsOf(text: string, mostRows = MOST_ROWS): CsvPart[] {
  const records: { text: string; line: number; lines: number }[] = [];
  let quoted = false;
  let begin = 0;
  let line = 1;
  let lines = 1;
  for (let at = 0; at <= text.length; at += 1) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    const ends = at === text.length || (letter === "\n" && !quoted);
    if (letter === "\n" && quoted) lines += 1;
    if (!ends) continue;
    const record = text.slice(begin, at).replace(/\r$/, "");
    // Empty lines stay: they count as lines.
    if (at < text.length || record) records.push({ text: record, line, lines });
    line += lines;
    lines = 1;
    begin = at + 1;
  }
  const [head, ...rows] = records;
  if (!head) return [];
  const parts: CsvPart[] = [];
  let taken: typeof rows = [];
  let size = 0;
  const close = () => {
    const first = taken[0];
    if (!first) return;
    parts.push({
      csv: [head, ...taken].map((record) => record.text).join("\n"),
      rows: taken.length,
      offset: first.line - head.lines - 1,
    });
    taken = [];
    size = 0;
  };
  for (const row of rows) {
    if (taken.length >= mostRows || (taken.length > 0 && size + row.text.length > MOST_CHARACTERS)) close();
    taken.push(row);
    size += row.text.length + 1;
  }
  close();
  return parts.length > 0 ? parts : [{ csv: head.text, rows: 0, offset: 0 }];
}
