// The first view after a login, with all that a person can do with the account.
import { Action } from "../action";
import type { App } from "../app";
import { find, save, showLines } from "../page";
import { refusedAsWhole } from "../refusal";
import type { View } from "../route";
import { enroll, offers } from "../service";
import { say } from "../words";
import { nameOf, showFace, showFacts, showNoWayBack } from "./person";

export class Account implements View {
  readonly shownTo = "holder";

  constructor(private readonly app: App) {
    const logout = new Action(find("logout"), { rest: "log_out", work: "logging_out", wait: "submit_in" }, app.actions);
    find("logout").addEventListener("click", () => void logout.run(() => this.logOut()));
    const out = new Action(find("export"), { rest: "export", work: "exporting", wait: "submit_in" }, app.actions);
    find("export").addEventListener("click", () => void out.run(() => this.export()));
  }

  title(): string {
    return say("account_title");
  }

  enter(): void {
    void this.load();
  }

  translate(): void {
    const { user } = this.app.holder;
    if (!user) return;
    find("account-name").textContent = nameOf(user);
    showFace(user, find("account-face"));
    showFacts(user, find("account-facts"));
    showNoWayBack(user, find("account-no-way-back"));
    // A first email, and an email in place of a verified one, are set in the view of the identifiers, with a proof.
    find("to-email").hidden = !offers.email || user.email === "" || user.email_verified;
  }

  clear(): void {
    for (const id of ["account-name", "account-face", "account-facts"]) find(id).replaceChildren();
  }

  /** Reads the user again, because it may have been changed elsewhere. */
  private async load(): Promise<void> {
    const answer = await this.app.holder.read((call) => enroll.getUserDetail(call));
    if (answer?.ok) {
      this.app.holder.update(answer.data);
      this.translate();
    } else if (answer && this.app.router.named() === "account") refusedAsWhole(answer);
  }

  /** Saves the export of the account. If the login is too old, the message of the refusal says to log in again. */
  private async export(): Promise<number | undefined> {
    showLines();
    const answer = await this.app.holder.ask((call) => enroll.exportUser(call));
    if (!answer) return undefined;
    if (!answer.ok) return refusedAsWhole(answer);
    save(`account-${this.app.holder.user?.id}.json`, JSON.stringify(answer.data, undefined, 2));
    return undefined;
  }

  private async logOut(): Promise<number | undefined> {
    const answer = await this.app.holder.end((call) => enroll.logout({}, call));
    if (!answer) return undefined;
    if (!answer.ok) return refusedAsWhole(answer);
    this.app.holder.forget(answer.msg);
    return undefined;
  }
}
