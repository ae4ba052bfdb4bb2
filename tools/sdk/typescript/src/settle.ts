import type { Answer, FieldError, NoAnswer, OperationId, Other, Refusal, Success } from "./answer.js";
import { reasons, waits, type Reasons } from "./reasons.js";
import type { JwkSet } from "./schema.js";
import { shapes, type Shape } from "./shapes.js";

/** What openapi-fetch resolves to. */
interface Exchange<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The envelope of a refusal. */
interface RefusalBody {
  code: number;
  msg: string;
  request_id: string;
  reason: string;
  errors?: readonly FieldError[] | null;
}

const text = "string";
const successShape = { code: "integer", msg: text, request_id: text } as const;
const refusalShape = { ...successShape, reason: text } as const;
const errorShape = { field: text, reason: text, msg: text } as const;

/**
 * Turns a response, or the lack of one, into an answer. The envelope's code decides and
 * not the status: a deployment may send refusals with HTTP status 200.
 */
export async function settle<T, Op extends Exclude<OperationId, "getJwks">>(
  op: Op, send: () => Promise<Exchange<{ code: 0; data: T }>>,
): Promise<Answer<T, Op>> {
  const got = await attempt(send);
  if (!("response" in got)) return got;
  const { body, response } = got;
  if (isRefusal(body)) return refusal(op, body, response);
  if (response.status !== 200 || !fits(body, { ...successShape, data: shapes[op] }) || body.code !== 0) return noAnswer(body, response);
  const updateToken = response.headers.get("Update-Token");
  return {
    ok: true, data: body.data as T, msg: body.msg as string, requestId: body.request_id as string,
    ...(updateToken !== null && { updateToken }),
  } satisfies Success<T>;
}

/** Does the same for the key set, which has the form of RFC 7517 and no envelope. */
export async function settleKeys(send: () => Promise<Exchange<JwkSet>>): Promise<Answer<JwkSet, "getJwks">> {
  const got = await attempt(send);
  if (!("response" in got)) return got;
  const { body, response } = got;
  if (isRefusal(body)) return refusal("getJwks", body, response);
  if (response.status !== 200 || !fits(body, shapes.getJwks)) return noAnswer(body, response);
  return { ok: true, data: body as unknown as JwkSet, msg: "", requestId: response.headers.get("X-Request-Id") ?? "" };
}

async function attempt(send: () => Promise<Exchange<unknown>>): Promise<{ body: unknown; response: Response } | NoAnswer> {
  try {
    const { data, error, response } = await send();
    return { body: typeof data === "string" ? parsed(data) : (data ?? error), response };
  } catch (cause) {
    return noAnswer(cause);
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

function noAnswer(cause: unknown, response?: Response): NoAnswer {
  return { ok: false, reason: "no_answer", errors: [], retryAfter: seconds(response), status: response?.status, cause };
}

function refusal<Op extends OperationId>(op: Op, body: RefusalBody, response: Response): Refusal<Reasons[Op]> | Other {
  const named = body.reason;
  const known = (reasons[op] as readonly string[]).includes(named);
  // A page of another origin sees the header only if the service exposes it to that origin.
  const wait = seconds(response) ?? ((waits as readonly string[]).includes(named) ? 5 : undefined);
  const common = {
    ok: false, msg: body.msg, errors: body.errors ?? [], retryAfter: wait,
    code: body.code, status: response.status, requestId: body.request_id,
  } as const;
  return known ? ({ ...common, reason: named } as Refusal<Reasons[Op]>) : { ...common, reason: "other", named };
}

/** Retry-After, which the service always sends in seconds. */
function seconds(response?: Response): number | undefined {
  const value = response?.headers.get("Retry-After") ?? "";
  return /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

/** Whether a body has all required members of a refusal. Gateways answer with some of them. */
function isRefusal(body: unknown): body is RefusalBody {
  return fits(body, refusalShape) && body.code !== 0 && (body.reason as string).trim() !== ""
    && (body.errors == null || fits(body.errors, [errorShape]));
}

/** Whether a value has the types of the contract. Later versions may add members. */
function fits(value: unknown, shape: Shape): value is Record<string, unknown> {
  if (shape === "map") return value === null || isObject(value);
  if (shape === "integer") return Number.isInteger(value);
  if (typeof shape === "string") return typeof value === shape;
  if (Array.isArray(shape)) return Array.isArray(value) && value.every((one) => fits(one, shape[0]));
  return isObject(value) && Object.entries(shape).every(([name, inner]) =>
    name.endsWith("?") ? value[name.slice(0, -1)] == null || fits(value[name.slice(0, -1)], inner) : fits(value[name], inner));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
