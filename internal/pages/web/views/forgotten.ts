// People that have forgotten their password set a new one, with a code that is sent to
// their phone or their verified email.
import type { PasswordResetRequest } from "enroll-client";
import { Action } from "../action";
import type { App } from "../app";
import { CodeButton, sends, type CodeRequest } from "../codebutton";
import { Form } from "../form";
import { find } from "../page";
import { PasswordField } from "../passwordfield";
import { refused } from "../refusal";
import type { View } from "../route";
import { codesTo, enroll } from "../service";
import { say, shown } from "../words";
import type { Login } from "./login";

export class Forgotten implements View {
  readonly shownTo = "guest";
  private readonly form = new Form(find<HTMLFormElement>("forgotten-form"));
  private readonly password = new PasswordField("forgotten-password");
  private readonly code: CodeButton;

  constructor(private readonly app: App, private readonly login: Login) {
    const { element } = this.form;
    const submit = new Action(find("forgotten-submit"), { rest: "reset", work: "resetting", wait: "submit_in" }, app.actions);
    this.code = new CodeButton(app, this.form, "forgotten-", () => this.request());
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit.run(() => this.reset());
    });
    element.addEventListener("change", (event) => {
      if ((event.target as HTMLInputElement).name !== "method") return;
      this.form.clearErrors();
      this.code.reset();
      this.enter();
    });
  }

  title(): string {
    return say("forgotten_title");
  }

  enter(): void {
    this.form.element.hidden = codesTo.length === 0;
    find("no-recovery").hidden = codesTo.length > 0;
    this.form.showMethods(codesTo);
    this.translate();
    void this.app.captcha.ask(this.form.element, [this.request().operation, "password_reset"]);
  }

  translate(): void {
    this.password.label();
    this.code.label();
  }

  clear(): void {
    this.form.element.reset();
    this.password.reveal(false);
    this.code.reset();
  }

  private request(): CodeRequest {
    const call = { locale: shown() };
    return this.form.method() === "email"
      ? {
        field: "email", operation: sends.email, then: "password_reset",
        send: (email, proof) => enroll.sendEmailCode({ email, state: "reset", ...proof }, call),
      }
      : {
        field: "phone", operation: sends.phone, then: "password_reset",
        send: (phone, proof) => enroll.sendPhoneCode({ phone, purpose: "reset", ...proof }, call),
      };
  }

  private async reset(): Promise<number | undefined> {
    const { form, app: { captcha, router } } = this;
    // Read the values of this moment: the person may type on during the requests.
    const body = { ...form.typed(), code: form.value("code"), password: form.value("password") } satisfies PasswordResetRequest;
    const missed = form.missing();
    await captcha.ready();
    const errors = [...missed, ...captcha.missing("password_reset")];
    if (errors.length > 0) {
      form.showErrors(errors);
      return undefined;
    }
    form.clearErrors();
    this.code.clear();
    const answer = await enroll.resetPassword({ ...body, ...await captcha.proof("password_reset") }, { locale: shown() });
    if (!answer.ok) {
      captcha.settle(answer.reason, "password_reset");
      return refused(form, captcha, answer);
    }
    captcha.spend();
    this.clear();
    this.login.suggest(answer.data.user_name);
    router.done("forgotten", "login", answer.msg);
    return undefined;
  }
}
