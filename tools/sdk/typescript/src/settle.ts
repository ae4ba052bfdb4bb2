import type { Answer, FieldError, NoAnswer, OperationId, Other, Refusal, Success } from "./answer.js";
import { reasons, waits, type Reasons } from "./reasons.js";
import type { JwkSet } from "./schema.js";

/** What openapi-fetch resolves to. */
interface Exchange<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The envelope around every answer, as far as it has been looked at. */
interface Envelope {
  code: number;
  msg: string;
  data: unknown;
  request_id: string;
  reason?: string;
  errors?: readonly FieldError[];
}

/**
 * Turns whatever comes of a request into an answer. Only the envelope's code
 * decides: a deployment may send refusals with HTTP status 200.
 */
export async function settle<T, Op extends OperationId>(
  op: Op, send: () => Promise<Exchange<{ code: 0; data: T }>>,
): Promise<Answer<T, Op>> {
  const got = await attempt(send);
  if (!("response" in got)) return got;
  const { body, response } = got;
  if (!isEnvelope(body)) return nobody(body, response);
  if (body.code !== 0) return refusal(op, body, response);
  const updateToken = response.headers.get("Update-Token");
  return {
    ok: true, data: body.data as T, msg: body.msg, requestId: body.request_id,
    ...(updateToken !== null && { updateToken }),
  } satisfies Success<T>;
}

/** Does the same for the key set, whose form is the standard's and no envelope. */
export async function settleKeys(send: () => Promise<Exchange<JwkSet>>): Promise<Answer<JwkSet, "getJwks">> {
  const got = await attempt(send);
  if (!("response" in got)) return got;
  const { body, response } = got;
  if (isEnvelope(body)) return refusal("getJwks", body, response);
  if (!isObject(body) || !Array.isArray(body.keys)) return nobody(body, response);
  return { ok: true, data: body as JwkSet, msg: "", requestId: response.headers.get("X-Request-Id") ?? "" };
}

async function attempt(send: () => Promise<Exchange<unknown>>): Promise<{ body: unknown; response: Response } | NoAnswer> {
  try {
    const { data, error, response } = await send();
    return { body: typeof data === "string" ? parsed(data) : (data ?? error), response };
  } catch (cause) {
    return nobody(cause);
  }
}

/** The JSON of a text, or the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function nobody(cause: unknown, response?: Response): NoAnswer {
  return { ok: false, reason: "no_answer", errors: [], retryAfter: seconds(response), status: response?.status, cause };
}

function refusal<Op extends OperationId>(op: Op, body: Envelope, response: Response): Refusal<Reasons[Op]> | Other {
  const named = body.reason ?? "";
  const known = (reasons[op] as readonly string[]).includes(named);
  // Another host's page sees the header only if the service exposes it to that host.
  const wait = seconds(response) ?? ((waits as readonly string[]).includes(named) ? 5 : undefined);
  const common = {
    ok: false, msg: body.msg, errors: body.errors ?? [], retryAfter: wait,
    code: body.code, status: response.status, requestId: body.request_id,
  } as const;
  return known ? ({ ...common, reason: named } as Refusal<Reasons[Op]>) : { ...common, reason: "other", named };
}

/** Retry-After, which the service always sends in seconds. */
function seconds(response?: Response): number | undefined {
  const text = response?.headers.get("Retry-After") ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isEnvelope(value: unknown): value is Envelope {
  return isObject(value) && typeof value.code === "number" && typeof value.msg === "string";
}
