// A person changes the user name, the phone or the email. A code shows that a new phone or email is theirs, and a
// proof shows that the person is the holder.
import type { CaptchaOperation } from "enroll-client";
import { Action } from "../action";
import type { App } from "../app";
import { CodeButton, sends, type CodeRequest } from "../codebutton";
import { Form } from "../form";
import { find } from "../page";
import { HolderProof } from "../proof";
import { refused } from "../refusal";
import type { View } from "../route";
import { enroll, offers } from "../service";
import { say } from "../words";

export class Identifiers implements View {
  readonly shownTo = "holder";
  private readonly form = new Form(find<HTMLFormElement>("identifiers-form"));
  private readonly proof: HolderProof;
  private readonly code: CodeButton;

  constructor(private readonly app: App) {
    const { element } = this.form;
    const submit = new Action(find("identifiers-submit"), { rest: "change_it", work: "saving", wait: "submit_in" }, app.actions);
    this.code = new CodeButton(app, this.form, "identifiers-new-", () => this.request());
    this.proof = new HolderProof(app, this.form, "identifiers-", "old_password", () => this.enter());
    element.addEventListener("change", ({ target }) => {
      if ((target as HTMLInputElement).name !== "what") return;
      this.form.clearErrors();
      this.code.reset();
      this.enter();
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit.run(() => this.change());
    });
  }

  title(): string {
    return say("identifiers_title");
  }

  enter(): void {
    find("identifiers-by-new-phone").hidden = !offers.phone;
    const what = this.what();
    for (const part of this.form.element.querySelectorAll<HTMLElement>("[data-what]")) {
      part.hidden = !part.dataset.what?.split(" ").includes(what);
    }
    // Without mail, a new email is taken unverified.
    if (what === "email" && !offers.email) find("identifiers-new-code").closest<HTMLElement>("[data-what]")!.hidden = true;
    this.proof.enter();
    this.translate();
    void this.app.captcha.ask(this.form.element, [...this.operations(), ...this.proof.operations()]);
  }

  translate(): void {
    this.code.label();
    this.proof.translate();
  }

  clear(): void {
    this.form.element.reset();
    this.code.reset();
    this.proof.clear();
  }

  /** What is to be changed. */
  private what(): string {
    return String(new FormData(this.form.element).get("what"));
  }

  private operations(): CaptchaOperation[] {
    return this.what() === "user_name" ? [] : [this.request().operation];
  }

  private request(): CodeRequest {
    const { holder } = this.app;
    return this.what() === "email"
      ? {
        field: "email", operation: sends.email, label: "code_new",
        send: (email, proof) => holder.ask((call) => enroll.sendEmailCode({ email, state: "change", ...proof }, call)),
      }
      : {
        field: "phone", operation: sends.phone, label: "code_new",
        send: (phone, proof) => holder.ask((call) => enroll.sendPhoneCode({ phone, purpose: "change", ...proof }, call)),
      };
  }

  private async change(): Promise<number | undefined> {
    const { form, app: { captcha, holder, router } } = this;
    // Read the values of this moment: the person may type on during the requests.
    const { own_phone: _phone, own_email: _email, ...body } = form.typed();
    const missed = form.missing();
    if (missed.length > 0) {
      form.showErrors(missed);
      return undefined;
    }
    form.clearErrors();
    this.code.clear();
    this.proof.sent();
    const answer = await holder.ask((call) => enroll.updateUser(body, call));
    if (!answer) return undefined;
    if (!answer.ok) return refused(form, captcha, answer);
    this.clear();
    holder.update(answer.data);
    router.done("identifiers", "account", answer.msg);
    return undefined;
  }
}
