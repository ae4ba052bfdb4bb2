// A person changes the password, which ends all other logins. The old password shows that it is
// the holder, or a code that is sent to the phone or the verified email of the account.
import { Action } from "../action";
import type { App } from "../app";
import { CodeButton, sends, type CodeRequest } from "../codebutton";
import { Form } from "../form";
import { find } from "../page";
import { PasswordField } from "../passwordfield";
import { refused } from "../refusal";
import type { View } from "../route";
import { enroll, offers } from "../service";
import { say } from "../words";

export class Password implements View {
  readonly shownTo = "holder";
  private readonly form = new Form(find<HTMLFormElement>("change-form"));
  private readonly old = new PasswordField("change-old_password");
  private readonly fresh = new PasswordField("change-password");
  private readonly code: CodeButton;

  constructor(private readonly app: App) {
    const submit = new Action(find("change-submit"), { rest: "change", work: "saving", wait: "submit_in" }, app.actions);
    this.code = new CodeButton(app, this.form, "change-", () => this.request());
    this.form.element.addEventListener("change", (event) => {
      if ((event.target as HTMLInputElement).name !== "method") return;
      this.form.clearFaults();
      this.code.clear();
      this.enter();
    });
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
    // Not shown: it tells a password manager whose password is changed.
    find<HTMLInputElement>("change-user_name").value = user?.user_name || user?.email || user?.phone || "";
    find<HTMLInputElement>("change-phone").value = user?.phone ?? "";
    find<HTMLInputElement>("change-email").value = user?.email ?? "";
    const phone = offers.phone && user?.phone ? ["phone"] : [];
    const email = offers.email && user?.email_verified ? ["email"] : [];
    this.form.showMethods(["password", ...phone, ...email]);
    this.translate();
    void this.app.captcha.ask(this.form.element, this.form.method() === "password" ? [] : [this.request().operation]);
  }

  translate(): void {
    this.old.label();
    this.fresh.label();
    this.code.label();
  }

  clear(): void {
    this.form.element.reset();
    this.old.reveal(false);
    this.fresh.reveal(false);
    this.code.clear();
    for (const id of ["change-user_name", "change-phone", "change-email"]) find<HTMLInputElement>(id).value = "";
  }

  private request(): CodeRequest {
    const { holder } = this.app;
    return this.form.method() === "email"
      ? {
        field: "email", operation: sends.email,
        send: (email, proof) => holder.ask((call) => enroll.sendEmailCode({ email, state: "change", ...proof }, call)),
      }
      : {
        field: "phone", operation: sends.phone,
        send: (phone, proof) => holder.ask((call) => enroll.sendPhoneCode({ phone, purpose: "change", ...proof }, call)),
      };
  }

  private async change(): Promise<number | undefined> {
    const { form, app: { captcha, holder, router } } = this;
    const password = form.value("password");
    const body = form.method() === "password"
      ? { old_password: form.value("old_password"), password }
      : { code: form.value("code"), password };
    const missed = form.missing();
    if (missed.length > 0) {
      form.showFaults(missed);
      return undefined;
    }
    form.clearFaults();
    this.code.clear();
    const answer = await holder.ask((call) => enroll.changePassword(body, call));
    if (!answer) return undefined;
    if (answer.ok) {
      this.clear();
      holder.begin(answer.data); // the old token is good no more
      router.go("account", answer.msg);
      return undefined;
    }
    // The service names no field: at a login the name may be wrong as well. Here it is the old password.
    if (answer.reason === "credentials_wrong") {
      form.showFaults([{ field: "old_password", msg: say("old_password_wrong") }]);
      return undefined;
    }
    return refused(form, captcha, answer);
  }
}
