// The messages of a refusal, and where they are shown.
import type { Answer, OperationId } from "enroll-client";
import type { CaptchaPanel } from "./captcha";
import type { Form } from "./form";
import { showLines } from "./page";
import { say } from "./words";

/** An answer that is not a success. */
export type Refusal = Exclude<Answer<unknown, OperationId>, { ok: true }>;

/** The message of a refusal that names no field. */
function wordsOf(answer: Refusal): string[] {
  switch (answer.reason) {
    case "no_answer":
      return [say(navigator.onLine ? "no_answer" : "offline")];
    case "internal":
      return [answer.msg, say("request", { id: answer.requestId })];
    default:
      return [answer.msg];
  }
}

/** Shows a refusal at the fields of a form, and returns the seconds to wait. */
export function refused(form: Form, captcha: CaptchaPanel, answer: Refusal): number | undefined {
  // The service names the wrong fields. A refusal without a field concerns the whole request.
  if (answer.errors.length > 0) form.showErrors(captcha.reword(answer.errors));
  else form.showErrors([], ...wordsOf(answer));
  return answer.retryAfter;
}

/** Shows a refusal above a view without a form, and returns the seconds to wait. */
export function refusedAsWhole(answer: Refusal): number | undefined {
  showLines(...wordsOf(answer), ...answer.errors.map(({ msg }) => msg));
  return answer.retryAfter;
}
