// A person deletes the account. The password or a code proves that the person is the holder. There is the
// code because an account that was registered with one may have no password.
import { Action } from "../action";
import type { App } from "../app";
import { Form } from "../form";
import { find } from "../page";
import { HolderProof } from "../proof";
import { refused } from "../refusal";
import type { View } from "../route";
import { enroll } from "../service";
import { dates, say } from "../words";

export class Leave implements View {
  readonly shownTo = "holder";
  private readonly form = new Form(find<HTMLFormElement>("leave-form"));
  private readonly proof: HolderProof;

  constructor(private readonly app: App) {
    const submit = new Action(find("leave-submit"), { rest: "leave", work: "leaving", wait: "submit_in" }, app.actions);
    this.proof = new HolderProof(app, this.form, "leave-", "password", () => this.present());
    this.form.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit.run(() => this.leave());
    });
  }

  title(): string {
    return say("leave_title");
  }

  enter(): void {
    this.clear(); // a password that was typed long ago must not delete the account now
    this.present();
  }

  translate(): void {
    this.proof.translate();
  }

  clear(): void {
    this.form.element.reset();
    this.proof.clear();
  }

  private present(): void {
    this.proof.enter();
    void this.app.captcha.ask(this.form.element, this.proof.operations());
  }

  private async leave(): Promise<number | undefined> {
    const { form, app: { captcha, holder } } = this;
    const body = this.proof.byPassword() ? { password: form.value("password") } : { code: form.value("code") };
    const missed = form.missing();
    if (missed.length > 0) {
      form.showErrors(missed);
      return undefined;
    }
    form.clearErrors();
    this.proof.sent();
    const answer = await holder.end((call) => enroll.deleteUser(body, call));
    if (!answer) return undefined;
    if (answer.ok) {
      const until = answer.data.delete_time * 1000;
      const date = dates({ dateStyle: "long" }).format(until);
      // A deployment may delete at once: then there is no date before which a login keeps the account.
      holder.forget(until > Date.now() ? `${answer.msg} ${say("leave_until", { date })}` : answer.msg);
      return undefined;
    }
    return refused(form, captcha, answer);
  }
}
