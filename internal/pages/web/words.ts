// The page's language, and the texts of the page in it. Messages of the service come in the
// language that the page requests.
import english from "./words/en.json";

type Words = typeof english;
export type Word = Exclude<keyof Words, "language">;
type Values = Record<string, string | number>;

/** The languages of the page by their BCP 47 tags, each with its own name. tools/page.mjs writes them: each file of words/ is one. */
declare const LANGUAGES: Readonly<Record<string, string>>;

/** The languages that the service offers, its own first. If the first tag of a copied page does not list them, they are all. */
const offered = (document.documentElement.dataset.locales ?? "").split(" ").filter((tag) => tag in LANGUAGES);
const choices: readonly string[] = offered.length > 0 ? offered : Object.keys(LANGUAGES);

/**
 * The texts that are here. Those of other languages are files of their own, which are read when they are needed. English
 * is in the script, so that a page whose texts could not be read says what has happened.
 */
const here = new Map<string, Words>([["en", english]]);

/** How long the texts of a language may take, in milliseconds. Then the page goes on without them. */
const patience = 10_000;

let language = "en";

/** The languages to choose from, by their own names. */
export function languages(): readonly [tag: string, name: string][] {
  return choices.map((tag) => [tag, LANGUAGES[tag] ?? tag]);
}

/**
 * The page's language: that of the address (`?lang=`), else the browser's, else English, which more people that read none
 * of the others understand than any other, else that of the deployment.
 */
export function chooseLanguage(): string {
  const asked = new URLSearchParams(location.search).get("lang");
  for (const tag of [asked ?? "", ...navigator.languages, "en"]) {
    const found = nearest(tag);
    if (found) return found;
  }
  return choices[0] ?? "en";
}

/** The offered language that is nearest to a tag: of the same language, and of the same script if there are several. */
function nearest(tag: string): string | undefined {
  const wanted = full(tag);
  const near = choices.filter((one) => wanted !== undefined && full(one)?.language === wanted.language);
  return near.find((one) => full(one)?.script === wanted?.script) ?? near[0];
}

/** A tag with its usual script and region: `zh-HK` is `zh-Hant-HK`. A text that is no tag gives undefined. */
function full(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag).maximize();
  } catch {
    return undefined;
  }
}

/** Reads the texts of a language. False if they could not be read; a later call tries again. */
export async function load(tag: string): Promise<boolean> {
  if (here.has(tag)) return true;
  // AbortSignal.timeout is missing in Safari 15 and in Chrome before 103.
  const late = new AbortController();
  const timer = window.setTimeout(() => late.abort(), patience);
  try {
    const answer = await fetch(`pages/words/${tag}.json`, { signal: late.signal });
    if (!answer.ok) return false;
    // A replica of the version before may have answered, whose texts lack the new ones: those are in English then.
    here.set(tag, { ...english, ...((await answer.json()) as Partial<Words>) });
    return true;
  } catch {
    return false;
  } finally {
    window.clearTimeout(timer);
  }
}

/** The language that is shown, which is also what the service is asked for. */
export function shown(): string {
  return language;
}

/** The direction in which a language is written. */
export function directionOf(tag: string): "ltr" | "rtl" {
  return ["Arab", "Hebr"].includes(full(tag)?.script ?? "") ? "rtl" : "ltr";
}

/** Writes everything that has a `data-text` in a language whose texts have been read. */
export function show(chosen: string): void {
  language = chosen;
  document.documentElement.lang = chosen;
  document.documentElement.dir = directionOf(chosen);
  for (const element of document.querySelectorAll<HTMLElement>("[data-text]")) {
    element.textContent = say(element.dataset.text as Word);
  }
}

/** A text of the page, with its placeholders filled in. */
export function say(word: Word, values: Values = {}): string {
  const text = (here.get(language) ?? english)[word];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => written(values[name] ?? ""));
}

/** A value within a text. A number is written as the language does, but without marks of thousands, which would move while a button counts down. */
function written(value: string | number): string {
  if (typeof value === "number") return new Intl.NumberFormat(digits(), { useGrouping: false }).format(value);
  // A name or an address of the other direction would mix with the words around it, so it is isolated (Unicode TR 9).
  return directionOf(language) === "rtl" || /[\u0590-\u08ff\ufb1d-\ufdfc\ufe70-\ufefc]/.test(value) ? `\u2068${value}\u2069` : value;
}

/** A format of dates in the page's language. */
export function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(digits(), options);
}

/** The page's language with the digits 0 to 9: codes, phones and the messages of the service have them in every language. */
function digits(): string {
  return `${language}-u-nu-latn`;
}
