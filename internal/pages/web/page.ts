// Functions that find elements of index.html and make new ones.
import { directionOf, shown } from "./words";

/** An element that index.html has. */
export function find<E extends HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element as E;
}

/** A new element with a text or with children. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, ...children: (string | Node)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}

/** Writes a text that stays in its language when the page's changes. */
export function write<E extends HTMLElement>(element: E, text: string): E {
  element.textContent = text;
  element.lang = shown();
  element.dir = directionOf(element.lang);
  return element;
}

/** A value that stays as it is written within a text of the other direction: numbers and addresses are left to right. */
export function isolated(value: string, direction: "ltr" | "auto"): HTMLElement {
  const element = make("bdi", value);
  element.dir = direction;
  return element;
}

/** Makes the browser save a text as a file. */
export function save(name: string, text: string): void {
  const link = make("a");
  link.download = name;
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.click();
  // The URL is not released at once, because a browser may begin to read it later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const summary = find("summary");

/** Shows lines above the view, each once. A screen reader announces them. */
export function showLines(...lines: string[]): void {
  summary.replaceChildren(...[...new Set(lines)].map((line) => write(make("p"), line)));
  summary.hidden = lines.length === 0;
}
