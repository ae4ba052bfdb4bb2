// The objects that all views share.
import type { Action } from "./action";
import type { CaptchaPanel } from "./captcha";
import type { Holder } from "./holder";
import type { Router } from "./route";

export interface App {
  readonly holder: Holder;
  readonly router: Router;
  readonly captcha: CaptchaPanel;
  /** The buttons that send requests to the service, except those in the list of sessions: one is at work at a time. */
  readonly actions: Action[];
}
