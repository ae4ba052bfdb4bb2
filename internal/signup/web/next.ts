// What comes after a registration. This is the file that a team replaces.
import type { User } from "enroll-client";
import { say } from "./words";

/**
 * Shows the new user. `user.token` proves who it is: hand it to your own
 * backend here, which verifies it and begins a session of its own, in a cookie that
 * scripts cannot read, and leave the page. Do not put it into localStorage,
 * where every script of the origin can take it.
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
