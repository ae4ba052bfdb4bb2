// The button that asks for a code, beside the field into which the code is typed.
import type { Answer, CaptchaOperation } from "enroll-client";
import { Action } from "./action";
import type { App } from "./app";
import type { Proof } from "./captcha";
import type { Form } from "./form";
import { find, write } from "./page";
import { refused } from "./refusal";
import { say } from "./words";

type Sent = Answer<{ retry_after: number }, "sendPhoneCode" | "sendEmailCode">;

/** The operations that send a code to a phone and to an email. */
export const sends = { phone: "verify_phone", email: "verify_email" } as const;

/** A request for a code. */
export interface CodeRequest {
  /** The field with the address. */
  readonly field: "phone" | "email";
  /** The operation that sends the code, and the one that takes it if that may ask for a captcha, too. */
  readonly operation: CaptchaOperation;
  readonly then?: CaptchaOperation;
  /** Sends it. Nothing comes back if the login has ended meanwhile. */
  send(address: string, proof: Proof): Promise<Sent | undefined>;
}

export class CodeButton {
  private readonly action: Action;
  private readonly hint: HTMLElement;

  /** `prefix` is that of the ids: `send` is the button, `code` the field with `code-label`, `code-hint` what was sent. */
  constructor(private readonly app: App, private readonly form: Form, private readonly prefix: string, private readonly request: () => CodeRequest) {
    const button = find<HTMLButtonElement>(`${prefix}send`);
    this.hint = find(`${prefix}code-hint`);
    this.action = new Action(button, { rest: "send", work: "sending", wait: "send_in" }, app.actions);
    button.addEventListener("click", () => void this.action.run(() => this.run()));
    form.element.addEventListener("input", ({ target }) => {
      // The code went to another address.
      if (["phone", "email"].includes((target as HTMLInputElement).name)) this.clear();
    });
  }

  /** Writes in the page's language where the code comes from. */
  label(): void {
    find(`${this.prefix}code-label`).textContent = say(this.request().field === "email" ? "code_email" : "code");
  }

  /** Says no more that a code is on its way. */
  clear(): void {
    this.hint.textContent = "";
  }

  private async run(): Promise<number | undefined> {
    const { app, form } = this;
    const asked = this.request();
    // What was shown when the button was pressed; the person may go on typing.
    const address = form.value(asked.field);
    const missed = form.missing(asked.field);
    await app.captcha.ready();
    const faults = [...missed, ...app.captcha.missing(asked.operation)];
    if (faults.length > 0) {
      form.showFaults(faults);
      return undefined;
    }
    form.clearFaults();
    this.clear();
    const answer = await asked.send(address, await app.captcha.proof(asked.operation));
    if (!answer) return undefined;
    if (!answer.ok) {
      app.captcha.settle(answer.reason, asked.operation);
      return refused(form, app.captcha, answer);
    }
    void app.captcha.renew();
    write(this.hint, app.captcha.afterCode(answer.msg, asked.then));
    find(`${this.prefix}code`).focus();
    return answer.data.retry_after;
  }
}
