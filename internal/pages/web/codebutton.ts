// The button that asks for a code, beside the field into which the code is typed.
import type { Answer, CaptchaOperation } from "enroll-client";
import { Action } from "./action";
import type { App } from "./app";
import type { Proof } from "./captcha";
import type { Form } from "./form";
import { find, write } from "./page";
import { refused } from "./refusal";
import { offers } from "./service";
import { say, type Word } from "./words";

/** What a request for a code has besides the address: the proof of the captcha and, for a call, the channel. */
export type Sending = Proof & { channel?: "voice" };

type Sent = Answer<{ retry_after: number }, "sendPhoneCode" | "sendEmailCode">;

/** The operations that send a code to a phone and to an email. */
export const sends = { phone: "verify_phone", email: "verify_email" } as const;

/** A request for a code. */
export interface CodeRequest {
  /** `field` is the name of the address in the API, `at` its name in the form if that differs. */
  readonly field: "phone" | "email";
  readonly at?: string;
  /** Other fields of the form that the request needs if they are required. */
  readonly needs?: readonly string[];
  /** The label of the code, if it is not the usual one. */
  readonly label?: Word;
  /** The operation that sends the code, and the one that takes it if that may need a captcha, too. */
  readonly operation: CaptchaOperation;
  readonly then?: CaptchaOperation;
  /** Sends the code. It returns undefined if the login has ended meanwhile. */
  send(address: string, proof: Sending): Promise<Sent | undefined>;
}

export class CodeButton {
  private readonly action: Action;
  private readonly hint: HTMLElement;
  /** Asks for a call instead. It is shown after an SMS, and only where the service makes calls. */
  private readonly call: { readonly button: HTMLButtonElement; readonly action: Action } | undefined;

  /**
   * The ids of the elements begin with `prefix`, and end with `send` for the button, `code` for the field of the code,
   * `code-label` for its label, and `code-hint` for the message that a code was sent.
   */
  constructor(private readonly app: App, private readonly form: Form, private readonly prefix: string, private readonly request: () => CodeRequest) {
    const button = find<HTMLButtonElement>(`${prefix}send`);
    this.hint = find(`${prefix}code-hint`);
    this.action = new Action(button, { rest: "send", work: "sending", wait: "send_in" }, app.actions);
    button.addEventListener("click", () => void this.action.run(() => this.run(false)));
    this.call = offers.voice ? this.callButton() : undefined;
    form.element.addEventListener("input", ({ target }) => {
      // The person edits the address, so a code that was sent went to another one.
      const { field, at = field } = this.request();
      if ((target as HTMLInputElement).name === at) this.reset();
    });
  }

  /** Writes in the page's language where the code comes from. */
  label(): void {
    const { field, label = field === "email" ? "code_email" : "code" } = this.request();
    find(`${this.prefix}code-label`).textContent = say(label);
  }

  /** Removes the message that a code was sent. */
  clear(): void {
    this.hint.textContent = "";
  }

  /**
   * Removes the message, and ends the wait of the button. Call it when the address or the person changes: the wait
   * is for one address. The service enforces it anyway.
   */
  reset(): void {
    this.clear();
    this.action.rest();
    this.call?.action.rest();
    if (this.call) this.call.button.hidden = true;
  }

  // It stands below the message that a code was sent, and after it in the order of the keyboard.
  private callButton(): NonNullable<CodeButton["call"]> {
    const button = document.createElement("button");
    button.type = "button";
    button.id = `${this.prefix}call`;
    button.className = "side call";
    button.hidden = true;
    this.hint.after(button);
    const action = new Action(button, { rest: "call_me", work: "calling", wait: "call_in" }, this.app.actions);
    button.addEventListener("click", () => void action.run(() => this.run(true)));
    return { button, action };
  }

  // The service calls only a phone to which it has sent an SMS.
  private offerCall(asked: CodeRequest): void {
    if (this.call && asked.field === "phone") this.call.button.hidden = false;
  }

  /** Sends a code, or asks for a call, and returns the seconds until the address can get another one. */
  private async run(spoken: boolean): Promise<number | undefined> {
    const { field, at = field } = this.request();
    const address = this.form.value(at);
    const seconds = await this.send(spoken);
    if (!seconds || this.form.value(at) !== address) return undefined;
    // An SMS and a call share the wait.
    if (spoken) this.action.wait(seconds);
    else this.call?.action.wait(seconds);
    return seconds;
  }

  private async send(spoken: boolean): Promise<number | undefined> {
    const { app, form } = this;
    const asked = this.request();
    const { at = asked.field, needs = [] } = asked;
    // Read the values of this moment: the person may type on during the requests.
    const address = form.value(at);
    const missed = form.missing(at, ...needs);
    await app.captcha.ready();
    const errors = [...missed, ...app.captcha.missing(asked.operation)];
    if (errors.length > 0) {
      form.showErrors(errors);
      return undefined;
    }
    form.clearErrors();
    this.clear();
    const proof = await app.captcha.proof(asked.operation);
    const answer = await asked.send(address, spoken ? { ...proof, channel: "voice" } : proof);
    if (!answer) return undefined;
    if (!answer.ok) {
      app.captcha.settle(answer.reason, asked.operation);
      if (answer.reason === "outcome_unknown") this.offerCall(asked);
      // What is wrong with a call is a matter of the phone that it would go to.
      const errors = answer.errors.map((error) => (error.field === asked.field || error.field === "channel" ? { ...error, field: at } : error));
      return refused(form, app.captcha, { ...answer, errors });
    }
    this.offerCall(asked);
    void app.captcha.renew();
    write(this.hint, app.captcha.afterCode(spoken ? say("call_comes") : answer.msg, asked.then));
    find(`${this.prefix}code`).focus();
    return answer.data.retry_after;
  }
}
