import { expect, it } from "vitest";
import { csv } from "./csv";

it("quotes what would break a row and disarms what a spreadsheet would run", () => {
  const text = csv(
    ["Page", "Visitors"],
    [
      ['/a,"b"', 12],
      ["=HYPERLINK(1)", 3.5],
      ["-1", null],
    ],
  );
  expect(text).toBe('\uFEFFPage,Visitors\r\n"/a,""b""",12\r\n\'=HYPERLINK(1),3.5\r\n\'-1,\r\n');
});
