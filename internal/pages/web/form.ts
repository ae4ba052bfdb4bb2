// A form: the typed values and the errors of its fields.
import { showLines, write } from "./page";
import { say } from "./words";

/** The message about one wrong field. */
export interface ShownError {
  readonly field: string;
  readonly msg: string;
}

/** The fields at which errors of other fields are shown, by the name of the other one. */
const shownAt: Record<string, string> = { captcha_id: "captcha" };

type Input = HTMLInputElement | HTMLTextAreaElement;

/** A form of index.html. Its fields have the API's names. The message about the field with the id x is in `#x-error`. */
export class Form {
  constructor(readonly element: HTMLFormElement) {
    element.addEventListener("input", ({ target }) => clearError(target as Input));
  }

  /** The chosen method, where there are several. A browser that goes back restores the choice without an event. */
  method(): string {
    return String(new FormData(this.element).get("method") ?? "");
  }

  /** Shows the methods that are offered, if there is a choice, and the fields of the chosen one. */
  showMethods(offered: readonly string[]): void {
    const choices = [...this.element.querySelectorAll<HTMLInputElement>("input[name=method]")];
    for (const choice of choices) {
      const label = choice.closest("label");
      if (label) label.hidden = !offered.includes(choice.value);
    }
    const fieldset = choices[0]?.closest("fieldset");
    if (fieldset) fieldset.hidden = offered.length < 2;
    // What is not offered is not chosen, not even by a browser that restores a choice.
    const first = choices.find(({ value }) => value === offered[0]);
    if (first && !offered.includes(this.method())) first.checked = true;
    for (const part of this.element.querySelectorAll<HTMLElement>("[data-method]")) {
      part.hidden = !part.dataset.method?.split(" ").includes(this.method());
    }
  }

  /** The value of a shown field. Spaces at the ends are removed, but not from a password. */
  value(name: string): string {
    const input = this.input(name);
    if (!input) return "";
    if (input.type === "checkbox") return (input as HTMLInputElement).checked ? input.value : "";
    if (input.autocomplete === "one-time-code") return codeIn(input.value.trim());
    return isPassword(input) ? input.value : input.value.trim();
  }

  /** The values of the shown fields that are not empty. The captcha is left out, because CaptchaPanel adds it. */
  typed(): Record<string, string> {
    const texts = this.inputs().filter(({ name, type }) => name !== "captcha" && type !== "file");
    return Object.fromEntries(texts.map(({ name }) => [name, this.value(name)]).filter(([, value]) => value !== ""));
  }

  /** Errors of the named fields that are required and empty, or of all shown fields if none is named. CaptchaPanel checks the captcha. */
  missing(...names: string[]): ShownError[] {
    return this.inputs()
      .filter((input) => input.required && input.name !== "captcha" && this.value(input.name).trim() === "" && (names.length === 0 || names.includes(input.name)))
      .map((input) => ({ field: input.name, msg: say(input.type === "checkbox" ? "terms_needed" : "needed") }));
  }

  /** Removes the messages about the last attempt. */
  clearErrors(): void {
    showLines();
    for (const input of this.element.querySelectorAll<Input>("[aria-invalid]")) clearError(input);
  }

  /**
   * Shows each error next to its field and moves the focus to the first of them.
   * `lines` go above the form, with the errors of fields that are not shown.
   * If there are none, the number of wrong fields is shown there.
   */
  showErrors(errors: readonly ShownError[], ...lines: string[]): void {
    this.clearErrors();
    const marked = new Set<Input>();
    for (const { field, msg } of errors) {
      const input = this.input(shownAt[field] ?? field);
      const error = input && document.getElementById(`${input.id}-error`);
      if (!input || !error) {
        lines.push(msg);
        continue;
      }
      if (marked.has(input)) continue; // the first error is enough to begin with
      marked.add(input);
      input.setAttribute("aria-invalid", "true");
      write(error, msg);
      error.hidden = false;
    }
    if (lines.length === 0 && marked.size > 0) lines.push(say(marked.size === 1 ? "fields_1" : "fields_n", { n: marked.size }));
    showLines(...lines);
    // Focus the first field on the page, which need not be that of the first error.
    this.inputs().find((input) => marked.has(input))?.focus();
  }

  private input(name: string): Input | undefined {
    return this.inputs().find((input) => input.name === name);
  }

  /** A checkbox is a field only if it is required: its value is then what the person accepts by it. */
  private inputs(): Input[] {
    return [...this.element.querySelectorAll<Input>("input[name]:not([type=radio], [type=checkbox]:not([required])), textarea")]
      .filter((input) => !input.closest("[hidden]"));
  }
}

/**
 * The code in a pasted message: its only group of six digits. The service refuses a text with another number, such as
 * "Your code is 123456. It is valid for 10 minutes." A text without such a group, or with several, stays as it is.
 */
function codeIn(text: string): string {
  const groups = (text.match(/\p{Nd}+/gu) ?? []).filter((group) => [...group].length === 6);
  return groups.length === 1 ? groups[0] ?? text : text;
}

/** Whether an input is for a password, by its autocomplete: the type is "text" while the password is shown. */
function isPassword(input: Input): boolean {
  return input.autocomplete.endsWith("-password");
}

function clearError(input: Input): void {
  input.removeAttribute("aria-invalid");
  const error = document.getElementById(`${input.id}-error`);
  if (error) error.hidden = true;
}
