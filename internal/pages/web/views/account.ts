// The start of what a person can do with the account.
import { Action } from "../action";
import type { App } from "../app";
import { find } from "../page";
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
    // A verified email is changed where the other identifiers are, with a proof.
    find("to-email").hidden = !offers.email || user.email_verified;
  }

  clear(): void {
    for (const id of ["account-name", "account-face", "account-facts"]) find(id).replaceChildren();
  }

  /** What is shown may have been changed elsewhere. */
  private async load(): Promise<void> {
    const answer = await this.app.holder.ask((call) => enroll.getUserDetail(call));
    if (answer?.ok) {
      this.app.holder.update(answer.data);
      this.translate();
    } else if (answer) refusedAsWhole(answer);
  }

  private async logOut(): Promise<number | undefined> {
    const answer = await this.app.holder.ask((call) => enroll.logout({}, call));
    if (!answer) return undefined;
    if (!answer.ok) return refusedAsWhole(answer);
    this.app.holder.forget(answer.msg);
    return undefined;
  }
}
