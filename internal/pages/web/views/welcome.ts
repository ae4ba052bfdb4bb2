// The view after a registration.
import type { App } from "../app";
import { find } from "../page";
import type { View } from "../route";
import { say } from "../words";
import { nameOf, showFacts, showNoWayBack } from "./person";

export class Welcome implements View {
  readonly shownTo = "holder";

  constructor(private readonly app: App) {}

  title(): string {
    const { user } = this.app.holder;
    const name = user && nameOf(user);
    return name ? say("welcome", { name }) : say("welcome_nobody");
  }

  enter(): void {
    // The method translate has written all texts already.
  }

  translate(): void {
    const { user } = this.app.holder;
    if (!user) return;
    showFacts(user, find("user"));
    showNoWayBack(user, find("no-way-back"));
  }

  clear(): void {
    find("user").replaceChildren();
  }
}
