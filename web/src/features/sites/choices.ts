export const BUSINESS_TYPES = [
  "web_shop",
  "saas",
  "lead_generation",
  "membership",
  "content",
  "other",
] as const;

/** Every IANA time zone that the browser knows. */
export const timeZones = (): string[] => [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];

export const browserTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** Currencies as choices, "EUR · euro", in the person's language. */
export function currencies(language: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(language, { type: "currency" });
  return Intl.supportedValuesOf("currency").map((code) => ({
    value: code,
    label: `${code} · ${names.of(code)}`,
  }));
}

/** The bare domain of what a person pasted. */
export const bareDomain = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, "")
    .replace(/[/?#].*$/, "")
    .replace(/^www\.(?=.*\.)/, "");
