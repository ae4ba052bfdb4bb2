// A person edits the profile: a picture, a name, a line of text, a birthday.
import type { User } from "enroll-client";
import { Action } from "../action";
import type { App } from "../app";
import { dateOf, secondsOf } from "../birthday";
import { Form } from "../form";
import { find, write } from "../page";
import { refused } from "../refusal";
import type { View } from "../route";
import { enroll, uploads } from "../service";
import { say } from "../words";
import { showFace } from "./person";

/** The greatest size of a picture that the service accepts, in bytes. */
const most = 1 << 20;

export class Profile implements View {
  readonly shownTo = "holder";
  private readonly form = new Form(find<HTMLFormElement>("profile-form"));
  private readonly avatar = new Form(find<HTMLFormElement>("avatar-form"));
  private readonly file = find<HTMLInputElement>("avatar");

  constructor(private readonly app: App) {
    const save = new Action(find("profile-submit"), { rest: "save", work: "saving", wait: "submit_in" }, app.actions);
    const upload = new Action(find("avatar-submit"), { rest: "upload", work: "uploading", wait: "submit_in" }, app.actions);
    const remove = new Action(find("avatar-remove"), { rest: "avatar_remove", work: "saving", wait: "submit_in" }, app.actions);
    this.form.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void save.run(() => this.save());
    });
    this.avatar.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void upload.run(() => this.upload());
    });
    find("avatar-remove").addEventListener("click", () => void remove.run(() => this.remove()));
  }

  title(): string {
    return say("profile_title");
  }

  enter(): void {
    const { user } = this.app.holder;
    this.say("");
    if (!user) return;
    this.present(user);
    find<HTMLInputElement>("real_name").value = user.real_name;
    find<HTMLTextAreaElement>("introduce").value = user.introduce;
    find<HTMLInputElement>("birthday").value = dateOf(user.birthday);
  }

  translate(): void {
    // index.html has all the words.
  }

  clear(): void {
    this.form.element.reset();
    this.avatar.element.reset();
    find("profile-face").replaceChildren();
    this.say("");
  }

  private present(user: User): void {
    showFace(user, find("profile-face"));
    find("avatar-remove").hidden = user.avatar_url === "";
  }

  private async save(): Promise<number | undefined> {
    const { form, app } = this;
    const birthday = secondsOf(form.value("birthday"));
    const body = { real_name: form.value("real_name"), introduce: form.value("introduce"), birthday };
    this.begin(form);
    const answer = await app.holder.ask((call) => enroll.updateUser(body, call));
    if (!answer) return undefined;
    if (!answer.ok) return refused(form, app.captcha, answer);
    this.take(answer.data, answer.msg);
    return undefined;
  }

  private async upload(): Promise<number | undefined> {
    const { avatar, app } = this;
    const picture = this.file.files?.[0];
    this.begin(avatar);
    if (!picture || picture.size > most) {
      avatar.showErrors([{ field: "file", msg: say(picture ? "avatar_bytes" : "avatar_missing") }]);
      return undefined;
    }
    const answer = await app.holder.ask((call) => uploads.uploadAvatar(picture, call));
    if (!answer) return undefined;
    if (!answer.ok) return refused(avatar, app.captcha, answer);
    // The person may have chosen the next picture meanwhile.
    if (this.file.files?.[0] === picture) avatar.element.reset();
    const { user } = app.holder;
    if (user) this.take({ ...user, ...answer.data }, answer.msg);
    return undefined;
  }

  private async remove(): Promise<number | undefined> {
    const { avatar, app } = this;
    this.begin(avatar);
    const answer = await app.holder.ask((call) => enroll.updateUser({ avatar_url: "" }, call));
    if (!answer) return undefined;
    if (!answer.ok) return refused(avatar, app.captcha, answer);
    this.take(answer.data, answer.msg);
    this.file.focus(); // the button is gone
    return undefined;
  }

  private begin(form: Form): void {
    form.clearErrors();
    this.say("");
  }

  /** Shows the current user. Text that is typed in the other form stays. */
  private take(user: User, msg: string): void {
    this.app.holder.update(user);
    this.present(user);
    this.say(msg);
  }

  private say(msg: string): void {
    const done = find("profile-done");
    write(done, msg);
    done.hidden = msg === "";
  }
}
