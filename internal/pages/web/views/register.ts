// People register, by user name, by phone or by email.
import { newIdempotencyKey, type CaptchaOperation, type RegisterRequest } from "enroll-client";
import { Action } from "../action";
import type { App } from "../app";
import { secondsOf } from "../birthday";
import { CodeButton, sends, type CodeRequest } from "../codebutton";
import { Form } from "../form";
import { next } from "../next";
import { find } from "../page";
import { PasswordField } from "../passwordfield";
import { refused } from "../refusal";
import type { View } from "../route";
import { byApproval, byInvitation, enroll, methods, minAge, open } from "../service";
import { TermsField } from "../terms";
import { say, shown } from "../words";

export class Register implements View {
  readonly shownTo = "guest";
  private readonly form = new Form(find<HTMLFormElement>("form"));
  private readonly password = new PasswordField("password");
  private readonly code: CodeButton;
  private readonly terms = new TermsField("register-");
  private readonly invitation = find<HTMLDetailsElement>("invitation");
  /** A registration and the key under which it may be repeated. */
  private attempt = { body: "", key: "" };

  constructor(private readonly app: App) {
    const { element } = this.form;
    const submit = new Action(find("submit"), { rest: "submit", work: "submitting", wait: "submit_in" }, app.actions);
    this.code = new CodeButton(app, this.form, "", () => this.request());
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      void submit.run(() => this.register());
    });
    element.addEventListener("change", (event) => {
      if ((event.target as HTMLInputElement).name !== "method") return;
      this.form.clearErrors();
      this.code.reset();
      this.enter();
    });
    this.takeInvitation();
  }

  title(): string {
    return say(open ? "title" : "signup_closed_title");
  }

  enter(): void {
    this.form.element.hidden = !open;
    find("signup-closed").hidden = open;
    find("signup-approval").hidden = !byApproval;
    find("birthday-needed").hidden = minAge === 0;
    if (!open) return;
    this.form.showMethods(methods);
    this.terms.show();
    this.translate();
    const operations: CaptchaOperation[] = this.form.method() === "name" ? ["register"] : [this.request().operation, "register"];
    void this.app.captcha.ask(this.form.element, operations);
  }

  translate(): void {
    this.password.label();
    this.code.label();
    this.terms.translate();
    find("register-birthday-hint").textContent = say("birthday_hint", { n: minAge });
  }

  clear(): void {
    this.form.element.reset();
    this.password.reveal(false);
    this.code.reset();
  }

  private request(): CodeRequest {
    const call = { locale: shown() };
    // Where sign-up is by invitation, the service sends codes to invited people only.
    const invited = byInvitation ? { invite_code: this.form.value("invite_code") } : {};
    return this.form.method() === "email"
      ? {
        field: "email", needs: ["invite_code"], operation: sends.email, then: "register",
        send: (email, proof) => enroll.sendEmailCode({ email, state: "register", ...invited, ...proof }, call),
      }
      : {
        field: "phone", needs: ["invite_code"], operation: sends.phone, then: "register",
        send: (phone, proof) => enroll.sendPhoneCode({ phone, purpose: "register", ...invited, ...proof }, call),
      };
  }

  private async register(): Promise<number | undefined> {
    const { form, app: { captcha, holder, router } } = this;
    // Read the values of this moment: the person may type on during the requests.
    const body: RegisterRequest = { ...form.typed(), ...(minAge > 0 && { birthday: secondsOf(form.value("birthday")) }) };
    const missed = form.missing();
    await captcha.ready();
    const errors = [...missed, ...captcha.missing("register")];
    if (errors.length > 0) {
      form.showErrors(errors);
      return undefined;
    }
    form.clearErrors();
    this.code.clear();
    const proof = await captcha.proof("register");
    const answer = await enroll.register({ ...body, ...proof }, { idempotencyKey: this.keyOf(body), locale: shown() });
    if (!answer.ok) {
      captcha.settle(answer.reason, "register");
      if (answer.errors.some(({ reason }) => reason === "terms_outdated")) await this.terms.refused(body.accepted_terms);
      const seconds = refused(form, captcha, answer);
      if (answer.errors.some(({ field }) => field === "invite_code")) this.invitation.open = true;
      return seconds;
    }
    captcha.spend();
    this.clear(); // the next person at this browser must not find the password
    // There is no login yet. The message says so above the form that the person needs next.
    if (answer.data.approval_pending) {
      router.go("login", answer.msg);
      return undefined;
    }
    holder.begin(answer.data);
    next(answer.data, () => router.go("welcome"));
    return undefined;
  }

  /** The same values keep their key: if an answer is lost, a second press cannot make a second account. */
  private keyOf(body: RegisterRequest): string {
    const text = JSON.stringify(body);
    if (this.attempt.body !== text) this.attempt = { body: text, key: newIdempotencyKey() };
    return this.attempt.key;
  }

  private takeInvitation(): void {
    const code = new URLSearchParams(location.search).get("invite");
    if (code) find<HTMLInputElement>("invite_code").value = code;
    if (code || byInvitation) this.invitation.open = true;
    if (!byInvitation) return;
    find<HTMLInputElement>("invite_code").required = true;
    find("invitation-summary").dataset.text = "invitation_needed";
  }
}
