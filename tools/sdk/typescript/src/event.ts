/** Bounds the body of an event, in bytes: the largest of this version has 1 KiB. */
const maxBody = 1 << 20;

/** The types of events that this version knows. */
export const eventTypes = [
  "user.registered", "user.verified", "user.updated", "user.password_changed", "user.disabled", "user.enabled", "user.deleted",
] as const;

/** What has happened to a user. A later version of the service may send other types: accept such an event and ignore it. */
export type EventType = (typeof eventTypes)[number] | (string & {});

/** Something that has happened to a user. It has no value of the user: get the user for its values. */
export interface UserEvent {
  /** The `webhook-id`: an event that comes again has the same. */
  readonly webhookId: string;
  readonly type: EventType;
  /** When it happened, and not when it was sent: RFC 3339 in UTC. */
  readonly timestamp: string;
  /** Names the event in the admin API. */
  readonly id: number;
  readonly siteId: number;
  readonly userId: number;
  /** The number of the event among those of the user, from 1 without a gap. */
  readonly seq: number;
  /** The names of the changed fields of `user.updated`; empty for other types. */
  readonly fields: readonly string[];
  /** The whole body, with members that a later version has added. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Why a request is not an event of the service. `signature_invalid` is also what a wrong secret gives. */
export type EventProblem =
  | "header_missing" | "header_invalid" | "timestamp_too_old" | "timestamp_too_new" | "body_too_large" | "signature_invalid" | "body_invalid";

/** The error of a request that is not an event of the service: answer it with 401. Its text has nothing of the request. */
export class EventError extends Error {
  override readonly name = "EventError";
  constructor(readonly problem: EventProblem) {
    super(`not an event: ${problem}`);
  }
}

/** The headers of a request: those of `fetch`, or of Node's `http`. */
export type EventHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a verifier may be given. */
export interface EventOptions {
  /** How many seconds the time of a request may be away from the clock of the receiver: 300 unless it is set. */
  readonly tolerance?: number;
  /** The clock, in Unix milliseconds: `Date.now` but in tests. */
  readonly now?: () => number;
}

/** Verifies a request and returns its event. It rejects with an `EventError` if the request is none of the service's. */
export type EventVerifier = (headers: EventHeaders, body: Uint8Array | string) => Promise<UserEvent>;

/**
 * Makes a function that verifies the requests to a receiver of events, by Standard Webhooks.
 *
 * The secrets are those of `ENROLL_EVENTS_SECRET` for this receiver, each `whsec_` and the base64 of 24 to 64 bytes:
 * while one is replaced, give the old and the new one. Another form, or none, is a `TypeError`, and a tolerance that is
 * negative or not a number a `RangeError`. The body is what has arrived, byte for byte. A request that was recorded is
 * refused after the tolerance: until then, drop an event whose `webhookId` you have seen.
 */
export function createEventVerifier(secrets: readonly string[], { tolerance = 300, now = Date.now }: EventOptions = {}): EventVerifier {
  if (secrets.length === 0) throw new TypeError("there is no secret of events");
  if (!(tolerance >= 0)) throw new RangeError("the tolerance is not a number of seconds from 0");
  const keys = secrets.map(keyOf);
  return async (headers, body) => {
    const [id, sent, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => header(headers, name));
    if (!id || !sent || !signatures) throw new EventError("header_missing");
    if (!/^[0-9]{1,12}$/.test(sent) || !/^[!-~]+$/.test(id)) throw new EventError("header_invalid");
    const age = now() / 1000 - Number(sent);
    // In this form a clock that returns NaN refuses everything.
    if (!(age <= tolerance)) throw new EventError("timestamp_too_old");
    if (age < -tolerance) throw new EventError("timestamp_too_new");
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    if (bytes.length > maxBody) throw new EventError("body_too_large");
    if (!(await signed(keys, `${id}.${sent}.`, signatures, bytes))) throw new EventError("signature_invalid");
    return read(id, bytes);
  };
}

/** The key of a secret. The error has nothing of the secret. */
function keyOf(secret: string): Promise<CryptoKey> {
  const wrong = new TypeError("a secret of events is whsec_ and the base64 of 24 to 64 bytes");
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (!text || text.length % 4 !== 0) throw wrong;
  const key = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  // A last character with bits that no byte has would be another spelling of the same key.
  if (key.length < 24 || key.length > 64 || base64(key) !== text) throw wrong;
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function header(headers: EventHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const value = headers[name] ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof value === "string" ? value : value?.[0];
}

/** Whether one of the signatures is by one of the keys. Versions other than v1 are passed over. */
async function signed(keys: readonly Promise<CryptoKey>[], prefix: string, signatures: string, body: Uint8Array): Promise<boolean> {
  const start = new TextEncoder().encode(prefix);
  const message = new Uint8Array(start.length + body.length);
  message.set(start);
  message.set(body, start.length);
  const given = signatures.split(" ");
  let right = false;
  for (const key of keys) {
    // The body is hashed once for each key: the sender chooses how many signatures there are.
    const want = `v1,${base64(new Uint8Array(await crypto.subtle.sign("HMAC", await key, message)))}`;
    for (const one of given) right = equal(one, want) || right;
  }
  return right;
}

/** Compares texts in a time that depends on their lengths only. Web Crypto can do so only with a hash for each comparison. */
function equal(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  return difference === 0;
}

function read(webhookId: string, bytes: Uint8Array): UserEvent {
  let body: any;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new EventError("body_invalid");
  }
  const { type, timestamp, data } = body ?? {};
  const { id, site_id: siteId, user_id: userId, seq, fields } = data ?? {};
  const texts = [type, timestamp].every((text) => typeof text === "string" && text !== "");
  const numbers = [id, siteId, userId, seq].every(Number.isSafeInteger);
  const names = Array.isArray(fields) && fields.every((name) => typeof name === "string");
  if (!texts || !numbers || !names || !instant.test(timestamp)) throw new EventError("body_invalid");
  return { webhookId, type, timestamp, id, siteId, userId, seq, fields, body };
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
