import { reasons, waits } from "./reasons.js";
import { shapes } from "./shapes.js";
const text = "string";
const successShape = { code: "integer", msg: text, request_id: text };
const refusalShape = { ...successShape, reason: text };
const errorShape = { field: text, reason: text, msg: text };
/**
 * Turns whatever comes of a request into an answer. Only the envelope's code
 * decides: a deployment may send refusals with HTTP status 200.
 */
export async function settle(op, send) {
    const got = await attempt(send);
    if (!("response" in got))
        return got;
    const { body, response } = got;
    if (isRefusal(body))
        return refusal(op, body, response);
    if (response.status !== 200 || !fits(body, { ...successShape, data: shapes[op] }) || body.code !== 0)
        return nobody(body, response);
    const updateToken = response.headers.get("Update-Token");
    return {
        ok: true, data: body.data, msg: body.msg, requestId: body.request_id,
        ...(updateToken !== null && { updateToken }),
    };
}
/** Does the same for the key set, whose form is the standard's and no envelope. */
export async function settleKeys(send) {
    const got = await attempt(send);
    if (!("response" in got))
        return got;
    const { body, response } = got;
    if (isRefusal(body))
        return refusal("getJwks", body, response);
    if (response.status !== 200 || !fits(body, shapes.getJwks))
        return nobody(body, response);
    return { ok: true, data: body, msg: "", requestId: response.headers.get("X-Request-Id") ?? "" };
}
async function attempt(send) {
    try {
        const { data, error, response } = await send();
        return { body: typeof data === "string" ? parsed(data) : (data ?? error), response };
    }
    catch (cause) {
        return nobody(cause);
    }
}
/** The JSON of a text, or the text. */
function parsed(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return text;
    }
}
function nobody(cause, response) {
    return { ok: false, reason: "no_answer", errors: [], retryAfter: seconds(response), status: response?.status, cause };
}
function refusal(op, body, response) {
    const named = body.reason;
    const known = reasons[op].includes(named);
    // Another host's page sees the header only if the service exposes it to that host.
    const wait = seconds(response) ?? (waits.includes(named) ? 5 : undefined);
    const common = {
        ok: false, msg: body.msg, errors: body.errors ?? [], retryAfter: wait,
        code: body.code, status: response.status, requestId: body.request_id,
    };
    return known ? { ...common, reason: named } : { ...common, reason: "other", named };
}
/** Retry-After, which the service always sends in seconds. */
function seconds(response) {
    const value = response?.headers.get("Retry-After") ?? "";
    return /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}
/** Whether it has all required members of a refusal. Gateways answer with some of them. */
function isRefusal(body) {
    return fits(body, refusalShape) && body.code !== 0 && body.reason.trim() !== ""
        && (body.errors == null || fits(body.errors, [errorShape]));
}
/** Whether a value has the types of the contract. Later versions may add members. */
function fits(value, shape) {
    if (shape === "map")
        return value === null || isObject(value);
    if (shape === "integer")
        return Number.isInteger(value);
    if (typeof shape === "string")
        return typeof value === shape;
    if (Array.isArray(shape))
        return Array.isArray(value) && value.every((one) => fits(one, shape[0]));
    return isObject(value) && Object.entries(shape).every(([name, inner]) => name.endsWith("?") ? value[name.slice(0, -1)] == null || fits(value[name.slice(0, -1)], inner) : fits(value[name], inner));
}
function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
