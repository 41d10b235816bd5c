import { createTheme, type MantineColorsTuple } from "@mantine/core";

// Deep water for what can be touched; the red of the pilot flag only for targets and today.
const sea: MantineColorsTuple = [
  "#ecf5f9",
  "#d7e8f0",
  "#aecfe0",
  "#82b5cf",
  "#5d9fc1",
  "#4591b8",
  "#1f6f9a",
  "#145a80",
  "#0f4767",
  "#0a3650",
];
const flag: MantineColorsTuple = [
  "#fdeeeb",
  "#f8dad4",
  "#f0b2a7",
  "#e98877",
  "#e3644f",
  "#df4e36",
  "#d6402f",
  "#b83223",
  "#a12b1e",
  "#8b2117",
];
const night: MantineColorsTuple = [
  "#dfe7ec",
  "#b9c6cf",
  "#93a4b0",
  "#6d818f",
  "#33424e",
  "#273540",
  "#1a2631",
  "#131e27",
  "#0c141b",
  "#070d12",
];

// A list's own scrolling, which the keyboard and screen readers know.
const LIST = { withScrollArea: false, styles: { options: { maxHeight: 260, overflowY: "auto" as const } } };

export const theme = createTheme({
  colors: { sea, flag, dark: night },
  primaryColor: "sea",
  primaryShade: 6,
  autoContrast: true,
  // Where white letters on a button fall below 4.5:1.
  luminanceThreshold: 0.18,
  defaultRadius: "md",
  fontSizes: { md: "0.9375rem" },
  cursorType: "pointer",
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: {
    fontFamily: "var(--font-text)",
    fontWeight: "620",
    sizes: {
      h1: { fontSize: "1.625rem", lineHeight: "1.25" },
      h2: { fontSize: "1.125rem", lineHeight: "1.35" },
      h3: { fontSize: "1rem", lineHeight: "1.4" },
    },
  },
  components: {
    Modal: {
      defaultProps: { centered: true, radius: "lg", overlayProps: { backgroundOpacity: 0.35, blur: 2 } },
      styles: {
        content: { background: "var(--surface)", "--mantine-color-body": "var(--surface)" },
        title: { fontWeight: 620, fontSize: "1.0625rem" },
      },
    },
    Select: { defaultProps: LIST },
    TagsInput: { defaultProps: LIST },
    Autocomplete: { defaultProps: LIST },
    Tooltip: {
      defaultProps: {
        multiline: true,
        maw: 300,
        withArrow: true,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Badge: { styles: { root: { textTransform: "none" } } },
    Menu: { defaultProps: { shadow: "md" } },
  },
});
