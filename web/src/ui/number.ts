// Numbers as people type them: with Persian or Latin digits, a decimal comma or point, and groups.

const digit = (letter: string, zero: number) => String(letter.charCodeAt(0) - zero);

/** Persian and Arabic digits as Latin ones. */
const latin = (text: string): string =>
  text
    .replace(/[۰-۹]/g, (letter) => digit(letter, 0x06f0))
    .replace(/[٠-٩]/g, (letter) => digit(letter, 0x0660));

/**
 * Reads a number; `null` for what is none. One lone mark before three digits is a group where the
 * language groups with it (1,250 in English), else it stands before the decimals.
 */
export function readNumber(text: string, language = "en"): number | null {
  const plain = latin(text)
    .replace(/[\s\u00a0\u202f'’٬\u2066-\u2069\u200e\u200f]/g, "")
    .replace(/^[€$£¥%٪﷼]+|[€$£¥%٪﷼]+$/g, "")
    .replace(/[−–]/g, "-")
    .replaceAll("٫", "·");
  const found = /^([+-]?)([\d.,]*)(?:·(\d+))?$/.exec(plain);
  if (!found) return null;
  const [, sign = "", whole = "", after] = found;
  const marks = whole.replace(/\d/g, "");
  const group = language.startsWith("fi") ? "." : ",";
  let decimal = "";
  if (marks.includes(".") && marks.includes(",")) decimal = marks.at(-1) ?? "";
  else if (marks.length === 1 && !(marks === group && /^\d{1,3}[.,]\d{3}$/.test(whole))) decimal = marks;
  if (after !== undefined && decimal) return null;
  const at = decimal ? whole.lastIndexOf(decimal) : whole.length;
  if (decimal && marks.split(decimal).length !== 2) return null;
  const before = whole.slice(0, at);
  const rest = after ?? whole.slice(at + 1);
  const parts = before.split(/[.,]/);
  const grouped =
    parts.length === 1 ||
    ((parts[0]?.length ?? 0) >= 1 &&
      (parts[0]?.length ?? 0) <= 3 &&
      parts.slice(1).every((part) => part.length === 3));
  if (!grouped || (before === "" && rest === "") || (decimal && rest === "")) return null;
  const number = Number(`${sign}${parts.join("") || "0"}${rest ? `.${rest}` : ""}`);
  return Number.isFinite(number) ? number : null;
}

/** Whether the text says its number in one way only, without groups or decimals to mistake. */
export const isPlain = (text: string): boolean => /^-?\d*$/.test(text.trim());
