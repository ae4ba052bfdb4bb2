// The terms that a person has to accept: a checkbox, and a link to their text.
import { find } from "./page";
import { enroll, terms } from "./service";
import { shown } from "./words";

/** The checkbox of a form. Its value is the version, which the form sends if it is checked. */
export class TermsField {
  private readonly block: HTMLElement;
  private readonly box: HTMLInputElement;
  private readonly link: HTMLAnchorElement;
  private current = terms;

  constructor(prefix: string) {
    this.block = find(`${prefix}terms`);
    this.box = find<HTMLInputElement>(`${prefix}accepted_terms`);
    this.link = find<HTMLAnchorElement>(`${prefix}terms-link`);
  }

  /** Shows the checkbox if there are terms. */
  show(): void {
    this.block.hidden = this.current.version === "";
    this.box.value = this.current.version;
    this.translate();
  }

  hide(): void {
    this.block.hidden = true;
    this.box.checked = false;
  }

  /** The text opens in the language of the page. */
  translate(): void {
    this.link.hidden = this.current.url === "";
    this.link.href = this.current.url.replaceAll("{lang}", shown());
  }

  /** After a refusal for the terms. If it has refused the version of this page, an operator has set another one since. */
  async refused(sent: string | null | undefined): Promise<void> {
    if (sent) await this.renew();
    this.box.checked = false;
    this.show();
  }

  private async renew(): Promise<void> {
    const answer = await enroll.getSettings({ locale: shown() });
    if (answer.ok && answer.data.terms.version !== this.current.version) this.current = answer.data.terms;
  }
}
