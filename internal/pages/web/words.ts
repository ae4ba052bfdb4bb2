// The page's language, and the texts of the page in it. Messages of the service come in the
// language that the page requests.
import { en } from "./words.en";
import { zh } from "./words.zh";

export type Language = "en" | "zh-CN";

export type Word = keyof typeof en;
type Values = Record<string, string | number>;

let language: Language = "en";

/** The page's language: that of the address (`?lang=`), else the browser's, else English. */
export function chooseLanguage(): Language {
  const asked = new URLSearchParams(location.search).get("lang");
  for (const tag of [asked ?? "", ...navigator.languages]) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

/** The language that is shown, which is also what the service is asked for. */
export function shown(): Language {
  return language;
}

/** Writes everything that has a `data-text` in a language. */
export function show(chosen: Language): void {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const element of document.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = say(element.dataset.text as Word);
  }
}

/** A text of the page, with its placeholders filled in. */
export function say(word: Word, values: Values = {}): string {
  return (language === "en" ? en : zh)[word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
