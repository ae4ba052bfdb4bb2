// The step after a registration or a login. This is the file that a team replaces.
import type { User } from "enroll-client";

/**
 * Goes on with a user that has registered or logged in; `stay` shows this page's own next view.
 * Replace this function: send `user.token`, which proves the user's identity, to your own
 * backend, and leave the page. The backend verifies the token and starts a session of its
 * own in a cookie that scripts cannot read. Do not put the token into localStorage, where
 * every script of the origin can read it.
 */
export function next(_user: User, stay: () => void): void {
  // This page keeps the token in its memory, so that a reload ends the login.
  stay();
}
