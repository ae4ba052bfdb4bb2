import type { Answer, OperationId } from "./answer.js";
import type { JwkSet } from "./schema.js";
/** What openapi-fetch resolves to. */
interface Exchange<T> {
    data?: T;
    error?: unknown;
    response: Response;
}
/**
 * Turns whatever comes of a request into an answer. Only the envelope's code
 * decides: a deployment may send refusals with HTTP status 200.
 */
export declare function settle<T, Op extends Exclude<OperationId, "getJwks">>(op: Op, send: () => Promise<Exchange<{
    code: 0;
    data: T;
}>>): Promise<Answer<T, Op>>;
/** Does the same for the key set, whose form is the standard's and no envelope. */
export declare function settleKeys(send: () => Promise<Exchange<JwkSet>>): Promise<Answer<JwkSet, "getJwks">>;
export {};
