// How a user is shown.
import type { User } from "enroll-client";
import { isolated, make } from "../page";
import { base } from "../service";
import { say } from "../words";

/** The name by which the page calls a user, "" if there is none. */
export function nameOf(user: User): string {
  return user.real_name || user.user_name || user.phone || user.email;
}

/** Lists the data of a user. */
export function showFacts(user: User, list: HTMLElement): void {
  const rows: [string, string, string | HTMLElement][] = [
    [say("user_name"), user.user_name, isolated(user.user_name, "auto")],
    [say("phone"), user.phone, isolated(user.phone, "ltr")],
    [say("email"), user.email, user.email_verified ? isolated(user.email, "ltr") : say("unverified", { email: user.email })],
    [say("id"), String(user.id), isolated(String(user.id), "ltr")],
    [say("my_code"), user.invite_code, isolated(user.invite_code, "ltr")],
  ];
  list.replaceChildren(...rows.filter(([, value]) => value !== "").flatMap(([term, , shown]) => [make("dt", term), make("dd", shown)]));
}

/** Shows a notice if a forgotten password could not be replaced. */
export function showNoWayBack(user: User, notice: HTMLElement): void {
  notice.hidden = user.recoverable;
}

/**
 * Shows an uploaded avatar, or the first letter of the name. An avatar of another host is not
 * shown: the page's policy does not let it load anything from there.
 */
export function showFace(user: User, place: HTMLElement): void {
  if (!user.avatar_url.startsWith("/avatars/")) {
    place.replaceChildren([...nameOf(user)][0]?.toUpperCase() ?? "");
    return;
  }
  const picture = make("img");
  picture.src = base + user.avatar_url;
  picture.alt = ""; // the name stands beside it
  place.replaceChildren(picture);
}
