import { describe, expect, it } from "vitest";
import { blocks, inline, safeHref } from "./markup";

describe("a note", () => {
  it("has headings, lists and paragraphs", () => {
    expect(blocks("# Monday\nOne\ntwo\n\n- a\n- **b**\n1. c").map(({ kind }) => kind)).toEqual([
      "heading",
      "paragraph",
      "list",
      "list",
    ]);
  });

  it("has bold, italic, code and links", () => {
    expect(inline("a **b** *c* `d` [e](https://f.example/g)")).toEqual([
      { kind: "text", text: "a " },
      { kind: "bold", text: "b" },
      { kind: "text", text: " " },
      { kind: "italic", text: "c" },
      { kind: "text", text: " " },
      { kind: "code", text: "d" },
      { kind: "text", text: " " },
      { kind: "link", text: "e", href: "https://f.example/g" },
    ]);
  });

  it("keeps markup of pages as text", () => {
    const text = '<img src=x onerror="alert(1)"> & <b>no</b>';
    expect(inline(text)).toEqual([{ kind: "text", text }]);
  });

  it("leads to the web and to mail only", () => {
    for (const address of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "/w/1",
      "//evil.example",
    ]) {
      expect(safeHref(address), address).toBeNull();
      expect(inline(`[a](${address})`).every(({ kind }) => kind === "text")).toBe(true);
    }
    expect(safeHref("mailto:aino@shop.example")).toBe("mailto:aino@shop.example");
  });

  it("is read in time, whatever it holds", () => {
    const began = Date.now();
    for (const text of ["*".repeat(5000), "[".repeat(5000), "**a".repeat(1600), "[a](".repeat(1200)])
      blocks(text);
    expect(Date.now() - began).toBeLessThan(1000);
  });
});
