// The objects that all views share.
import type { Action } from "./action";
import type { CaptchaPanel } from "./captcha";
import type { Holder } from "./holder";
import type { Router } from "./route";

export interface App {
  readonly holder: Holder;
  readonly router: Router;
  readonly captcha: CaptchaPanel;
  /** The buttons of which one works at a time. Those of sessions in the list and of the captcha are not among them. */
  readonly actions: Action[];
}
