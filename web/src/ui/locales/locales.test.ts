import { describe, expect, it } from "vitest";
import en from "./en";
import fa from "./fa";
import fi from "./fi";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, path = ""): Map<string, string> {
  return new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === "string" ? [[`${path}${key}`, value] as const] : [...flat(value, `${path}${key}.`)],
    ),
  );
}

const slots = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
const english = flat(en);

describe.each([
  ["Finnish", fi],
  ["Persian", fa],
])("%s", (_, words) => {
  const translated = flat(words);

  it("says everything that English says, and nothing else", () => {
    expect([...translated.keys()]).toEqual([...english.keys()]);
  });

  it("fills the same places", () => {
    // A sentence may do without the baseline; it may not invent a place that nobody fills.
    for (const [key, text] of translated) {
      expect(slots(english.get(key) ?? ""), key).toEqual(expect.arrayContaining(slots(text)));
    }
  });

  it("is not English left behind", () => {
    const same = [...translated].filter(
      ([key, text]) => text === english.get(key) && /[a-z]{4}/i.test(text.replace(/\{\{\w+\}\}/g, "")),
    );
    expect(same.map(([key]) => key)).toEqual(["brand"]);
  });
});
