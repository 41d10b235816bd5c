// A note's words: a small part of Markdown, read into plain data. Nothing of it ever becomes HTML by itself, so
// that nobody's words can run anything.

export type Inline =
  | { kind: "text" | "bold" | "italic" | "code"; text: string }
  | { kind: "link"; text: string; href: string };

export type Block =
  | { kind: "heading"; level: 1 | 2 | 3; content: Inline[] }
  | { kind: "paragraph"; content: Inline[][] }
  | { kind: "list"; ordered: boolean; items: Inline[][] };

const INLINE = /\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|`([^`\n]+)`|\[([^\]\n]+)\]\(([^()\s]+)\)/g;

/** An address that a note may lead to: the web or mail, never a script. */
export function safeHref(text: string): string | null {
  try {
    const url = new URL(text);
    return ["https:", "http:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A line's words: **bold**, *italic*, `code`, [a link](https://…). What is none of these is text as it stands. */
export function inline(line: string): Inline[] {
  const parts: Inline[] = [];
  let from = 0;
  for (const match of line.matchAll(INLINE)) {
    const [whole, bold, italic, code, label, address] = match;
    const href = address ? safeHref(address) : null;
    if (address && !href) continue;
    if (match.index > from) parts.push({ kind: "text", text: line.slice(from, match.index) });
    if (bold) parts.push({ kind: "bold", text: bold });
    else if (italic) parts.push({ kind: "italic", text: italic });
    else if (code) parts.push({ kind: "code", text: code });
    else if (label && href) parts.push({ kind: "link", text: label, href });
    from = match.index + whole.length;
  }
  if (from < line.length) parts.push({ kind: "text", text: line.slice(from) });
  return parts;
}

/** A note as headings, paragraphs and lists. */
export function blocks(text: string): Block[] {
  const found: Block[] = [];
  let open: Block | null = null;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^(#{1,3})\s+(.+)$/.exec(line);
    const item = /^\s*(?:[-*•]|(\d{1,3})[.)])\s+(.+)$/.exec(line);
    if (heading) {
      open = null;
      const level = (heading[1]?.length ?? 1) as 1 | 2 | 3;
      found.push({ kind: "heading", level, content: inline(heading[2] ?? "") });
    } else if (item) {
      const ordered = item[1] !== undefined;
      if (open?.kind !== "list" || open.ordered !== ordered) {
        open = { kind: "list", ordered, items: [] };
        found.push(open);
      }
      open.items.push(inline(item[2] ?? ""));
    } else if (line.trim() === "") {
      open = null;
    } else {
      if (open?.kind !== "paragraph") {
        open = { kind: "paragraph", content: [] };
        found.push(open);
      }
      open.content.push(inline(line));
    }
  }
  return found;
}
