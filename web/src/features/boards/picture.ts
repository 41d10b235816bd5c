import type { Palette } from "@/ui/chart";
import type { Sheet } from "./sheet";

// A tile as a PNG. It is painted anew from the tile's words and figures, and its chart is taken over as drawn: a
// picture of the page would need fonts and styles that an image cannot load.

const WIDTH = 960;
const MARGIN = 36;
const ROW = 34;
const MOST_ROWS = 40;

interface Painting {
  sheet: Sheet;
  palette: Palette;
  font: string;
  rtl: boolean;
  /** The tile's chart, as it stands on the screen. */
  chart: HTMLCanvasElement | null;
  /** Rows are painted too: they are what the tile shows, not only its chart's figures. */
  rows: boolean;
}

/** Breaks a text into lines that fit. */
export function wrapped(text: string, fits: (line: string) => boolean): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line ? `${line} ${word}` : word;
      if (line && !fits(longer)) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    return [...lines, line];
  });
}

/** Paints a tile. */
export function painted({ sheet, palette, font, rtl, chart, rows }: Painting): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d");
  if (!brush) return canvas;
  const inner = WIDTH - 2 * MARGIN;
  const single = sheet.head.length === 1;
  const set = (size: number, weight = 400) => {
    brush.font = `${weight} ${size}px ${font}`;
  };
  set(17);
  const words = single
    ? wrapped(sheet.shown[0]?.[0] ?? "", (line) => brush.measureText(line).width <= inner)
    : [];
  const table = rows && !single ? sheet.shown.slice(0, MOST_ROWS) : [];
  const drawn = chart && chart.width > 0 ? Math.min(520, (chart.height / chart.width) * inner) : 0;
  const height =
    MARGIN +
    34 +
    (sheet.lead ? 26 : 0) +
    (sheet.headline ? 70 : 0) +
    drawn +
    words.length * 26 +
    (table.length > 0 ? (table.length + 1) * ROW : 0) +
    MARGIN;
  const sharp = 2;
  canvas.width = WIDTH * sharp;
  canvas.height = Math.ceil(height) * sharp;
  brush.scale(sharp, sharp);
  brush.fillStyle = palette.surface;
  brush.fillRect(0, 0, WIDTH, height);
  brush.direction = rtl ? "rtl" : "ltr";
  brush.textBaseline = "alphabetic";
  const start = rtl ? WIDTH - MARGIN : MARGIN;
  let y = MARGIN + 20;
  const write = (text: string, at: number, align: CanvasTextAlign, color: string, most = inner) => {
    brush.textAlign = align;
    brush.fillStyle = color;
    brush.fillText(text, at, y, most);
  };
  set(22, 620);
  write(sheet.title, start, "start", palette.ink);
  if (sheet.lead) {
    y += 26;
    set(15);
    write(sheet.lead, start, "start", palette.inkSoft);
  }
  if (sheet.headline) {
    y += 58;
    set(46, 650);
    write(sheet.headline, start, "start", palette.ink);
    y += 12;
  }
  if (chart && drawn > 0) {
    y += 14;
    brush.drawImage(chart, MARGIN, y, inner, drawn);
    y += drawn;
  }
  set(17);
  for (const line of words) {
    y += 26;
    write(line, start, "start", palette.ink);
  }
  if (table.length > 0) {
    const columns = sheet.head.length;
    const share = columns > 1 ? Math.min(0.6 / (columns - 1), 0.2) : 0;
    const named = inner * (1 - share * (columns - 1));
    const place = (column: number) => {
      const offset = named + inner * share * column;
      return rtl ? WIDTH - MARGIN - offset : MARGIN + offset;
    };
    const line = (cells: string[], color: string) => {
      cells.forEach((cell, column) => {
        if (column === 0) write(cell, start, "start", color, named - 12);
        else write(cell, place(column), "end", color, inner * share - 10);
      });
    };
    y += ROW;
    set(13, 560);
    line(sheet.head, palette.inkSoft);
    set(15);
    table.forEach((cells, at) => {
      y += ROW;
      const bar = sheet.bars?.[at];
      if (bar !== undefined) {
        brush.fillStyle = palette.seaWash;
        const length = named * bar;
        brush.fillRect(rtl ? WIDTH - MARGIN - length : MARGIN, y - 21, length, 29);
      } else {
        brush.fillStyle = palette.line;
        brush.fillRect(MARGIN, y - 23, inner, 1);
      }
      line(cells, palette.ink);
    });
  }
  return canvas;
}

/** Hands a canvas to the person as a file. */
export function downloadPng(name: string, canvas: HTMLCanvasElement): void {
  canvas.toBlob((blob) => {
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  }, "image/png");
}

/** A file's name: what no file system takes is left out. */
export const fileName = (title: string, ending: string): string =>
  `${
    title
      .replace(/[\\/:*?"<>|\p{Cc}\s]+/gu, " ")
      .trim()
      .slice(0, 80) || "luotsi"
  }.${ending}`;
