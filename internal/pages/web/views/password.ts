// A person changes the password, which ends all other logins. The old password shows that it is
// the holder, or a code that is sent to the phone or the verified email of the account.
import { Action } from "../action";
import type { App } from "../app";
import { Form } from "../form";
import { find } from "../page";
import { PasswordField } from "../passwordfield";
import { HolderProof } from "../proof";
import { refused } from "../refusal";
import type { View } from "../route";
import { enroll } from "../service";
import { say } from "../words";

export class Password implements View {
  readonly shownTo = "holder";
  private readonly form = new Form(find<HTMLFormElement>("change-form"));
  private readonly fresh = new PasswordField("change-password");
  private readonly proof: HolderProof;

  constructor(private readonly app: App) {
    const submit = new Action(find("change-submit"), { rest: "change", work: "saving", wait: "submit_in" }, app.actions);
    this.proof = new HolderProof(app, this.form, "change-", "old_password", () => this.enter());
    this.form.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit.run(() => this.change());
    });
  }

  title(): string {
    return say("change_title");
  }

  enter(): void {
    const { user } = this.app.holder;
    // This field is hidden. It tells a password manager whose password is changed.
    find<HTMLInputElement>("change-user_name").value = user?.user_name || user?.email || user?.phone || "";
    this.proof.enter();
    this.translate();
    void this.app.captcha.ask(this.form.element, this.proof.operations());
  }

  translate(): void {
    this.fresh.label();
    this.proof.translate();
  }

  clear(): void {
    this.form.element.reset();
    this.fresh.reveal(false);
    this.proof.clear();
    find<HTMLInputElement>("change-user_name").value = "";
  }

  private async change(): Promise<number | undefined> {
    const { form, app: { captcha, holder, router } } = this;
    const password = form.value("password");
    const body = this.proof.byPassword()
      ? { old_password: form.value("old_password"), password }
      : { code: form.value("code"), password };
    const missed = form.missing();
    if (missed.length > 0) {
      form.showErrors(missed);
      return undefined;
    }
    form.clearErrors();
    this.proof.sent();
    const answer = await holder.end((call) => enroll.changePassword(body, call));
    if (!answer) return undefined;
    if (answer.ok) {
      this.clear();
      holder.begin(answer.data); // the old token is no longer valid
      router.done("password-change", "account", answer.msg);
      return undefined;
    }
    return refused(form, captcha, answer);
  }
}
