// A person verifies the account's email with a code.
import { Action } from "../action";
import type { App } from "../app";
import { CodeButton } from "../codebutton";
import { Form } from "../form";
import { find } from "../page";
import { refused } from "../refusal";
import type { View } from "../route";
import { enroll } from "../service";
import { say } from "../words";

export class Email implements View {
  readonly shownTo = "holder";
  private readonly form = new Form(find<HTMLFormElement>("email-form"));
  private readonly address = find<HTMLInputElement>("email-address");
  private readonly code: CodeButton;

  constructor(private readonly app: App) {
    const submit = new Action(find("email-submit"), { rest: "confirm", work: "confirming", wait: "submit_in" }, app.actions);
    this.code = new CodeButton(app, this.form, "email-", () => ({
      field: "email", operation: "verify_email",
      send: (email, proof) => app.holder.ask((call) => enroll.sendEmailCode({ email, state: "verify", ...proof }, call)),
    }));
    this.form.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit.run(() => this.confirm());
    });
  }

  title(): string {
    return say("email_title");
  }

  enter(): void {
    this.address.value = this.app.holder.user?.email ?? "";
    void this.app.captcha.ask(this.form.element, ["verify_email"]);
  }

  translate(): void {
    this.code.label();
  }

  clear(): void {
    this.form.element.reset();
    this.code.reset();
  }

  private async confirm(): Promise<number | undefined> {
    const { form, app: { captcha, holder, router } } = this;
    const body = { email: form.value("email"), code: form.value("code") };
    const missed = form.missing();
    if (missed.length > 0) {
      form.showErrors(missed);
      return undefined;
    }
    form.clearErrors();
    this.code.clear();
    const answer = await holder.ask((call) => enroll.confirmEmail(body, call));
    if (!answer) return undefined;
    if (!answer.ok) return refused(form, captcha, answer);
    this.clear();
    holder.update(answer.data);
    router.done("email-verify", "account", answer.msg);
    return undefined;
  }
}
