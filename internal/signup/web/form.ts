// The form: what was typed, and what is wrong with it.
import { say, shown } from "./words";

/** An element that index.html has. */
export function find<E extends HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element as E;
}

/** What is wrong with one field, in words. */
export interface Fault {
  readonly field: string;
  readonly msg: string;
}

/** The names under which faults of other names are shown. */
const shownAt: Record<string, string> = { captcha_id: "captcha" };

const form = find<HTMLFormElement>("form");

/** Whether the service sends SMS, which it writes into the page. */
const phones = document.documentElement.dataset.phone !== "off";
const summary = find("summary");

export type Method = "name" | "phone";

/** The chosen method. A browser that goes back in its history restores the choice without an event. */
export function method(): Method {
  return phones && new FormData(form).get("method") === "phone" ? "phone" : "name";
}

/** Shows the fields of the chosen method only. */
export function showMethod(): void {
  find("methods").hidden = !phones;
  for (const part of form.querySelectorAll<HTMLElement>("[data-method]")) part.hidden = part.dataset.method !== method();
}

/** The fields of the chosen method that have been filled in. Spaces count in a password, and nowhere else at the ends. */
export function typed(): Record<string, string> {
  const values: Record<string, string> = {};
  for (const input of inputs()) {
    const value = input.name === "password" ? input.value : input.value.trim();
    if (value !== "" && input.name !== "captcha") values[input.name] = value;
  }
  return values;
}

/** Those of the named fields that are needed and empty; all that are shown if none is named. The captcha has its own. */
export function missing(...names: string[]): Fault[] {
  return inputs()
    .filter((input) => input.required && input.name !== "captcha" && input.value.trim() === "" && (names.length === 0 || names.includes(input.name)))
    .map((input) => ({ field: input.name, msg: say("needed") }));
}

function inputs(): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>("input:not([type=radio])")].filter((input) => !input.closest("[hidden]"));
}

/** Takes away what was said about the last attempt. */
export function clearFaults(): void {
  summary.hidden = true;
  summary.replaceChildren();
  for (const input of form.querySelectorAll<HTMLInputElement>("[aria-invalid]")) clearFault(input);
}

export function clearFault(input: HTMLInputElement): void {
  input.removeAttribute("aria-invalid");
  const error = document.getElementById(`${input.id}-error`);
  if (error) error.hidden = true;
}

/**
 * Says each fault next to its field and moves the focus to the first of them.
 * `lines` go into the summary, with the faults of fields that are not shown;
 * without any it counts the fields.
 */
export function showFaults(faults: readonly Fault[], ...lines: string[]): void {
  clearFaults();
  const marked = new Set<HTMLInputElement>();
  for (const { field, msg } of faults) {
    const input = inputs().find((one) => one.name === (shownAt[field] ?? field));
    const error = input && document.getElementById(`${input.id}-error`);
    if (!input || !error) {
      lines.push(msg);
      continue;
    }
    if (marked.has(input)) continue; // the first fault is enough to begin with
    marked.add(input);
    input.setAttribute("aria-invalid", "true");
    write(error, msg);
    error.hidden = false;
  }
  if (lines.length === 0 && marked.size > 0) lines.push(say(marked.size === 1 ? "fields_1" : "fields_n", { n: marked.size }));
  summary.replaceChildren(...[...new Set(lines)].map((line) => write(document.createElement("p"), line)));
  summary.hidden = lines.length === 0;
  // The first field on the page, which need not be that of the first error.
  inputs().find((input) => marked.has(input))?.focus();
}

/** Words stay in the language in which they came when the page's changes. */
function write(element: HTMLElement, text: string): HTMLElement {
  element.textContent = text;
  element.lang = shown();
  return element;
}
