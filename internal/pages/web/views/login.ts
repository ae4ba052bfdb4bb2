// People log in, with a password or with a code that is sent to their
// phone or verified email.
import type { CaptchaOperation, LoginRequest } from "enroll-client";
import { Action } from "../action";
import type { App } from "../app";
import { CodeButton, sends, type CodeRequest } from "../codebutton";
import { Form } from "../form";
import { next } from "../next";
import { find } from "../page";
import { PasswordField } from "../passwordfield";
import { refused } from "../refusal";
import type { View } from "../route";
import { codesTo, enroll, open } from "../service";
import { TermsField } from "../terms";
import { say, shown } from "../words";

export class Login implements View {
  readonly shownTo = "guest";
  private readonly form = new Form(find<HTMLFormElement>("login-form"));
  private readonly password = new PasswordField("login-password");
  /** Hidden until the service asks for it: after right credentials of a user that has not accepted the terms. */
  private readonly terms = new TermsField("login-");
  private readonly code: CodeButton;

  constructor(private readonly app: App) {
    const { element } = this.form;
    const submit = new Action(find("login-submit"), { rest: "log_in", work: "logging_in", wait: "submit_in" }, app.actions);
    this.code = new CodeButton(app, this.form, "login-", () => this.request());
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit.run(() => this.logIn());
    });
    element.addEventListener("change", (event) => {
      if ((event.target as HTMLInputElement).name !== "method") return;
      this.form.clearErrors();
      this.code.reset();
      this.enter();
    });
  }

  title(): string {
    return say("login_title");
  }

  enter(): void {
    find("to-forgotten").hidden = codesTo.length === 0;
    find("to-register").hidden = !open;
    this.form.showMethods(["password", ...codesTo]);
    this.translate();
    const operations: CaptchaOperation[] = this.form.method() === "password" ? ["login"] : [this.request().operation, "login"];
    void this.app.captcha.ask(this.form.element, operations);
  }

  translate(): void {
    this.password.label();
    this.code.label();
    this.terms.translate();
  }

  clear(): void {
    this.form.element.reset();
    this.terms.hide();
    this.password.reveal(false);
    this.code.reset();
  }

  /** Fills in the name of a user that is known already. */
  suggest(name: string): void {
    find<HTMLInputElement>("login-user_name").value = name;
  }

  private request(): CodeRequest {
    const call = { locale: shown() };
    return this.form.method() === "email"
      ? {
        field: "email", operation: sends.email, then: "login",
        send: (email, proof) => enroll.sendEmailCode({ email, state: "login", ...proof }, call),
      }
      : {
        field: "phone", operation: sends.phone, then: "login",
        send: (phone, proof) => enroll.sendPhoneCode({ phone, purpose: "login", ...proof }, call),
      };
  }

  private async logIn(): Promise<number | undefined> {
    const { form, app: { captcha, holder, router } } = this;
    // Read the values of this moment: the person may type on during the requests.
    const body: LoginRequest = { ...form.typed(), remember: find<HTMLInputElement>("login-remember").checked };
    const missed = form.missing();
    await captcha.ready();
    const errors = [...missed, ...captcha.missing("login")];
    if (errors.length > 0) {
      form.showErrors(errors);
      return undefined;
    }
    form.clearErrors();
    this.code.clear();
    const answer = await enroll.login({ ...body, ...await captcha.proof("login") }, { locale: shown() });
    if (!answer.ok) {
      captcha.settle(answer.reason, "login");
      if (answer.reason === "terms_outdated") await this.terms.refused(body.accepted_terms);
      return refused(form, captcha, answer);
    }
    captcha.spend();
    this.clear(); // the next person at this browser must not find the password
    holder.begin(answer.data);
    next(answer.data, () => router.goOn(answer.data.deletion_canceled ? () => say("kept") : ""));
    return undefined;
  }
}
