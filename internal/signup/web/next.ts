// What comes after a registration. This is the file that a team replaces.
import type { User } from "enroll-client";
import { say } from "./words";

/**
 * Shows the new user. Replace this function: send `user.token`, which proves the user's
 * identity, to your own backend, and leave the page. The backend verifies the token and
 * starts a session of its own in a cookie that scripts cannot read. Do not put the token
 * into localStorage, where every script of the origin can read it.
 */
export function welcome(user: User, title: HTMLElement, list: HTMLElement, text: HTMLElement): void {
  const name = user.real_name || user.user_name || user.phone;
  title.textContent = name ? say("welcome", { name }) : say("welcome_nobody");
  const rows: [string, string][] = [
    [say("user_name"), user.user_name],
    [say("phone"), user.phone],
    [say("email"), user.email],
    [say("id"), String(user.id)],
    [say("my_code"), user.invite_code],
  ];
  list.replaceChildren(...rows.filter(([, value]) => value !== "").flatMap(([term, value]) => {
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    [dt.textContent, dd.textContent] = [term, value];
    return [dt, dd];
  }));
  text.textContent = say("next");
}
