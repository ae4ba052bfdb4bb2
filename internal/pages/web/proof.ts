// A holder proves again to be the holder: by the password, or by a code that is sent to the phone
// or the verified email of the account. A token alone may be in another person's hands.
import type { CaptchaOperation } from "enroll-client";
import type { App } from "./app";
import { CodeButton, sends, type CodeRequest } from "./codebutton";
import type { Form } from "./form";
import { find } from "./page";
import { PasswordField } from "./passwordfield";
import { codesTo, enroll } from "./service";

export class HolderProof {
  private readonly password: PasswordField;
  private readonly code: CodeButton;
  private readonly own: Record<"phone" | "email", HTMLInputElement>;
  private begun = false;

  /**
   * `prefix` is that of the ids, `password` the name of the field with the password. `changed` runs when the person
   * has chosen another way.
   */
  constructor(private readonly app: App, private readonly form: Form, private readonly prefix: string, password: string, changed: () => void) {
    this.own = { phone: find(`${prefix}phone`), email: find(`${prefix}email`) };
    this.password = new PasswordField(`${prefix}${password}`);
    this.code = new CodeButton(app, form, prefix, () => this.request());
    form.element.addEventListener("change", ({ target }) => {
      if ((target as HTMLInputElement).name !== "method") return;
      form.clearErrors();
      this.code.reset();
      changed();
    });
  }

  /** Shows the ways that the account has. Whether it has a password is not known. */
  enter(): void {
    const { user } = this.app.holder;
    const has = { phone: user?.phone ?? "", email: user?.email_verified ? user.email : "" };
    for (const way of ["phone", "email"] as const) this.own[way].value = has[way];
    const ways = codesTo.filter((way) => has[way] !== "");
    // An account that was registered with a code may have no password.
    const first = ways[0];
    if (user && !this.begun && !user.user_name && first) find<HTMLInputElement>(`${this.prefix}by-${first}`).checked = true;
    this.begun = true;
    this.form.showMethods(["password", ...ways]);
    this.translate();
  }

  /** Writes what index.html does not have, in the page's language. */
  translate(): void {
    this.password.label();
    this.code.label();
  }

  /** Removes the message that a code was sent. */
  sent(): void {
    this.code.clear();
  }

  /** Removes the data of the person. The caller resets the form. */
  clear(): void {
    this.begun = false;
    this.password.reveal(false);
    this.code.reset();
    for (const input of Object.values(this.own)) input.value = "";
  }

  /** The operations that may need a captcha. */
  operations(): CaptchaOperation[] {
    return this.byPassword() ? [] : [this.request().operation];
  }

  /** Whether the person has chosen the password. */
  byPassword(): boolean {
    return this.form.method() === "password";
  }

  private request(): CodeRequest {
    const { holder } = this.app;
    return this.form.method() === "email"
      ? {
        field: "email", at: this.own.email.name, operation: sends.email,
        send: (email, proof) => holder.ask((call) => enroll.sendEmailCode({ email, state: "change", ...proof }, call)),
      }
      : {
        field: "phone", at: this.own.phone.name, operation: sends.phone,
        send: (phone, proof) => holder.ask((call) => enroll.sendPhoneCode({ phone, purpose: "change", ...proof }, call)),
      };
  }
}
