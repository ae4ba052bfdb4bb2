// A field for a password, with a button that shows it and, for a new one, a hint at its strength.
import { find } from "./page";
import { showStrength } from "./strength";
import { say } from "./words";

export class PasswordField {
  private readonly input: HTMLInputElement;
  private readonly button: HTMLButtonElement;

  /** `id` is that of the field. Its button is `#id-show`; the meter and the hint are `#id-meter` and `#id-hint`. */
  constructor(private readonly id: string) {
    this.input = find<HTMLInputElement>(id);
    this.button = find<HTMLButtonElement>(`${id}-show`);
    this.input.addEventListener("input", () => this.label());
    this.button.addEventListener("click", () => {
      this.reveal(this.input.type === "password");
      this.input.focus();
    });
  }

  /** Shows the typed password or hides it. */
  reveal(shown: boolean): void {
    this.input.type = shown ? "text" : "password";
    this.button.setAttribute("aria-pressed", String(shown));
    this.label();
  }

  /** Writes the button and the hint in the page's language. */
  label(): void {
    this.button.textContent = say(this.input.type === "password" ? "show" : "hide");
    const meter = document.getElementById(`${this.id}-meter`);
    if (meter) showStrength(this.input.value, meter, find(`${this.id}-hint`));
  }
}
