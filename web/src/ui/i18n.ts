import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Locale } from "@/api/types";
import en from "./locales/en";

export const LOCALES: { value: Locale; label: string }[] = [
  { value: "en", label: "English" },
  { value: "fi", label: "Suomi" },
  { value: "fa", label: "فارسی" },
];

const loaders: Record<Exclude<Locale, "en">, () => Promise<{ default: object }>> = {
  fi: () => import("./locales/fi"),
  fa: () => import("./locales/fa"),
};

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

const isLocale = (value: string | null | undefined): value is Locale =>
  value === "en" || value === "fi" || value === "fa";

/** The language chosen before, else the first of the browser's that Luotsi speaks. */
export function preferredLocale(): Locale {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem("luotsi-locale");
  } catch {
    // Storage is blocked: ask the browser.
  }
  if (isLocale(stored)) return stored;
  return navigator.languages.map((language) => language.split("-")[0]).find(isLocale) ?? "en";
}

export const directionOf = (locale: string): "ltr" | "rtl" => (locale === "fa" ? "rtl" : "ltr");

export async function setLocale(locale: Locale): Promise<void> {
  if (locale !== "en" && !i18next.hasResourceBundle(locale, "translation")) {
    const loaded = await loaders[locale]();
    i18next.addResourceBundle(locale, "translation", loaded.default);
  }
  await i18next.changeLanguage(locale);
  document.documentElement.lang = locale;
  document.documentElement.dir = directionOf(locale);
  try {
    localStorage.setItem("luotsi-locale", locale);
  } catch {
    // Storage is blocked: the choice lasts for this page.
  }
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en } },
    lng: "en",
    fallbackLng: "en",
    keySeparator: ".",
    nsSeparator: false,
    interpolation: { escapeValue: false },
  });
  await setLocale(preferredLocale());
}
