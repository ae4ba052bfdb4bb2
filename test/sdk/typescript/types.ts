// Is compiled and never run: what the SDK's types promise, and what they refuse.
import { createClient, type Answer, type Success, type User } from "enroll-client";

const enroll = createClient({ baseUrl: "http://127.0.0.1" });

/** A switch over the reasons is checked for completeness, and narrows. */
export async function codes(phone: string): Promise<number> {
  const answer = await enroll.sendPhoneCode({ phone, purpose: "register" });
  switch (answer.reason) {
    case undefined:
      return answer.data.retry_after;
    case "code_too_soon":
    case "code_too_many":
    case "outcome_unknown":
    case "rate_limited":
    case "sms_failed":
    case "call_failed":
    case "unavailable":
      return answer.retryAfter; // a number: these reasons pass by themselves
    case "captcha_required":
    case "captcha_wrong":
    case "phone_country":
    case "invite_invalid":
    case "phone_invalid":
    case "phone_not_mobile":
    case "phone_not_offered":
    case "voice_not_offered":
    case "sms_first":
    case "signup_closed":
      // @ts-expect-error: may be undefined: these reasons stay
      answer.retryAfter.toFixed();
      return answer.errors.length;
    case "account_disabled": // with the purpose change, which needs a token
    case "token_expired":
    case "token_invalid":
    case "token_missing":
    case "body_too_large":
    case "invalid_request":
    case "malformed_json":
    case "site_ambiguous":
    case "site_unknown":
    case "unsupported_media_type":
    case "internal":
      return answer.code;
    case "other":
      return answer.named.length;
    case "no_answer":
      return answer.status ?? 0;
    default:
      return answer satisfies never;
  }
}

/** `ok` tells success from refusal, too. */
export function name(answer: Answer<User, "register">): string {
  if (answer.ok) return (answer satisfies Success<User>).data.user_name;
  if (answer.reason === "no_answer") return String(answer.cause);
  return answer.msg;
}

const answer = await enroll.getUserDetail({ token: "jwt" });
// @ts-expect-error: data is there after success only
answer.data;
// @ts-expect-error: the contract does not list this reason for this operation
answer.reason === "user_name_taken";
// @ts-expect-error: no such field
await enroll.register({ username: "newuser" });
// @ts-expect-error: an id is a number
await enroll.register({ user_name: "newuser", invite_id: "1000" });
// @ts-expect-error: a purpose that does not exist
await enroll.sendPhoneCode({ phone: "13800138000", purpose: "greet" });
// @ts-expect-error: the phone is needed
await enroll.sendPhoneCode({});
// @ts-expect-error: the token is needed
await enroll.getUserDetail({});
