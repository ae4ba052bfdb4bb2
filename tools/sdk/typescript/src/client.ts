import createFetch from "openapi-fetch";
import type { Answer } from "./answer.js";
import { bounded, type Fetch } from "./exchange.js";
import type {
  Avatar, Captcha, CaptchaAudio, CaptchaOperation, EmailCodeRequest, EmailCodeSent, Group, JwkSet,
  PhoneCodeRequest, PhoneCodeSent, RegisterRequest, User, operations, paths,
} from "./schema.js";
import type * as schema from "./schema.js";
import { settle, settleKeys } from "./settle.js";

/** What holds for all calls of one client. */
export interface ClientOptions {
  /** Where the service is, such as `https://id.example.com`; the page's own host if it is not given. */
  baseUrl?: string;
  /** The languages of messages, as in `Accept-Language`: `"en"`, `"pt-BR, en;q=0.5"`. The browser's own if it is not given. */
  locale?: string;
  /** The site that is meant, where the deployment serves several. */
  siteId?: number;
  /** Milliseconds that a call may take, to the end of its answer; 15,000 if it is not given, 0 for no limit. */
  timeout?: number;
  /** What sends the requests, instead of the global `fetch`. */
  fetch?: Fetch;
}

/** What holds for one call. */
export interface CallOptions {
  /** The languages of messages of this call. */
  locale?: string;
  /** Ends the call when it is aborted; the call's answer then has the reason `no_answer`. */
  signal?: AbortSignal;
}

/** The options of a registration. */
export interface RegisterOptions extends CallOptions {
  /** Makes it safe to repeat this registration: see {@link newIdempotencyKey}. */
  idempotencyKey?: string;
}

/** The options of a request for a captcha. */
export interface CaptchaOptions extends CallOptions {
  /** What the captcha is for. A captcha for one operation is not valid for another. */
  operation?: CaptchaOperation;
}

/** The options of a call that only a logged-in user may make. */
export interface UserOptions extends CallOptions {
  /** The `data.token` of a registration or a login. */
  token: string;
}

/** The options of a call that a user may make logged in or not. */
export interface EitherOptions extends CallOptions {
  /** The `data.token` of a registration or a login. */
  token?: string;
}

/** The service, one method for each operation. No method ever rejects. */
export interface Client {
  // generated: types
  /** Creates an account: `user_name` and `password`, `phone` and `code`, or `email` and `code`. */
  register(body: RegisterRequest, options?: RegisterOptions): Promise<Answer<User, "register">>;
  /** Sends a code by SMS, to register, to log in or to set a new password with, or, with `purpose: "change"` and a token, to confirm a change of the account. */
  sendPhoneCode(body: PhoneCodeRequest, options?: EitherOptions): Promise<Answer<PhoneCodeSent, "sendPhoneCode">>;
  /** Tells whether a captcha is needed and issues one. */
  getCaptcha(options?: CaptchaOptions): Promise<Answer<Captcha, "getCaptcha">>;
  /** Speaks an image captcha. `proof` is what {@link solveWork} has for its `audio_salt`, `audio_bits` and `audio_puzzles`. */
  getCaptchaAudio(captchaId: string, proof: string, options?: CallOptions): Promise<Answer<CaptchaAudio, "getCaptchaAudio">>;
  /** Sends a code to an email of the user whose token is sent, or, without a token, one for the `state`: to register, to log in or to set a new password. */
  sendEmailCode(body: EmailCodeRequest, options?: EitherOptions): Promise<Answer<EmailCodeSent, "sendEmailCode">>;
  /** Redeems the code of {@link Client.sendEmailCode}. `email` is needed if the code was sent to another email than the user's. */
  verifyEmail(query: operations["verifyEmail"]["parameters"]["query"], options: UserOptions): Promise<Answer<User, "verifyEmail">>;
  /** Makes an avatar of a picture, of 1 MiB at most, and sets it. */
  uploadAvatar(picture: Blob, options: UserOptions): Promise<Answer<Avatar, "uploadAvatar">>;
  /** Reads one of the groups. */
  getUserGroup(id: number, options?: CallOptions): Promise<Answer<Group, "getUserGroup">>;
  /** Ends one session of the user, by the id of {@link Client.listSessions}. */
  endSession(id: string, options: UserOptions): Promise<Answer<object | null, "endSession">>;
  /** Reads the public keys that verify tokens. */
  getJwks(options?: CallOptions): Promise<Answer<JwkSet, "getJwks">>;
}

/** Makes a client. The client keeps nothing between calls, not even a token. */
export function createClient(options: ClientOptions = {}): Client {
  const http = createFetch<paths>({
    baseUrl: options.baseUrl ?? "",
    // The global fetch is looked up at each call, so that a page may replace it later.
    fetch: bounded(options.fetch ?? ((request) => globalThis.fetch(request)), options.timeout ?? 15_000),
  });

  // The parameters that all operations share, and the caller's signal.
  const common = (call: CallOptions & { token?: string } = {}) => {
    const locale = call.locale ?? options.locale;
    const header = {
      ...(options.siteId !== undefined && { "Site-Id": options.siteId }),
      ...(locale !== undefined && { "Accept-Language": locale }),
    };
    return {
      params: { header },
      ...(call.token !== undefined && { headers: { Token: call.token } }),
      signal: call.signal ?? null,
      parseAs,
    };
  };

  return {
    // generated: calls
    register: (body, call) => settle("register", () => {
      const { params, ...rest } = common(call);
      const key = call?.idempotencyKey;
      const header = { ...params.header, ...(key !== undefined && { "Idempotency-Key": key }) };
      return http.POST("/api/register", { body, params: { header }, ...rest });
    }),
    sendPhoneCode: (body, call) => settle("sendPhoneCode", () => http.POST("/api/verify/phone", { body, ...common(call) })),
    getCaptcha: (call) => settle("getCaptcha", () => {
      const { params, ...rest } = common(call);
      const query = call?.operation === undefined ? {} : { operation: call.operation };
      return http.GET("/api/captcha", { params: { ...params, query }, ...rest });
    }),
    getCaptchaAudio: (id, proof, call) => settle("getCaptchaAudio", () => {
      const { params, ...rest } = common(call);
      return http.GET("/api/captcha/audio", { params: { ...params, query: { captcha_id: id, proof } }, ...rest });
    }),
    sendEmailCode: (body, call) => settle("sendEmailCode", () => http.POST("/api/verify/email", { body, ...common(call) })),
    verifyEmail: (query, call) => settle("verifyEmail", () => {
      const { params, ...rest } = common(call);
      return http.GET("/api/verify/email", { params: { ...params, query }, ...rest });
    }),
    uploadAvatar: (picture, call) => settle("uploadAvatar", () => {
      const form = new FormData();
      form.set("file", picture, "avatar");
      return http.POST("/api/user/avatar", { body: { file: "" }, bodySerializer: () => form, ...common(call) });
    }),
    getUserGroup: (id, call) => settle("getUserGroup", () => {
      const { params, ...rest } = common(call);
      return http.GET("/api/user/group/detail", { params: { ...params, query: { id } }, ...rest });
    }),
    endSession: (id, call) => settle("endSession", () => {
      const { params, ...rest } = common(call);
      return http.DELETE("/api/user/sessions/{id}", { params: { ...params, path: { id } }, ...rest });
    }),
    getJwks: (call) => settleKeys(() => http.GET("/.well-known/jwks.json", { signal: call?.signal ?? null, parseAs })),
  };
}

// Answers are read as text, so that an answer in HTML is reported with its text and not as a syntax
// error. settle.ts parses the JSON. Declared as "json", openapi-fetch gives the answer the contract's type.
const parseAs = "text" as "json";

/**
 * Makes a key for one registration. Send the key with each repetition of the same
 * registration, for example after `no_answer` or `outcome_unknown`: then the account
 * is made once, and each repetition gets the answer. A changed registration needs a
 * new key.
 */
export function newIdempotencyKey(): string {
  // Not crypto.randomUUID: browsers offer it to pages on https only.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
