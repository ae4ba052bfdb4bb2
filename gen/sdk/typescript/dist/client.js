import createFetch from "openapi-fetch";
import { bounded } from "./exchange.js";
import { settle, settleKeys } from "./settle.js";
/** Makes a client. It keeps nothing between calls, no token either. */
export function createClient(options = {}) {
    const http = createFetch({
        baseUrl: options.baseUrl ?? "",
        // Looked up at each call, so that a page may still replace the global one.
        fetch: bounded(options.fetch ?? ((request) => globalThis.fetch(request)), options.timeout ?? 15_000),
    });
    // The parameters that all operations share, and the caller's signal.
    const common = (call = {}) => {
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
        register: (body, call) => settle("register", () => {
            const { params, ...rest } = common(call);
            const key = call?.idempotencyKey;
            const header = { ...params.header, ...(key !== undefined && { "Idempotency-Key": key }) };
            return http.POST("/api/register", { body, params: { header }, ...rest });
        }),
        login: (body, call) => settle("login", () => http.POST("/api/login", { body, ...common(call) })),
        sendPhoneCode: (body, call) => settle("sendPhoneCode", () => http.POST("/api/verify/phone", { body, ...common(call) })),
        getCaptcha: (call) => settle("getCaptcha", () => {
            const { params, ...rest } = common(call);
            const query = call?.operation === undefined ? {} : { operation: call.operation };
            return http.GET("/api/captcha", { params: { ...params, query }, ...rest });
        }),
        getCaptchaAudio: (id, call) => settle("getCaptchaAudio", () => {
            const { params, ...rest } = common(call);
            return http.GET("/api/captcha/audio", { params: { ...params, query: { captcha_id: id } }, ...rest });
        }),
        getUserDetail: (call) => settle("getUserDetail", () => http.GET("/api/user/detail", common(call))),
        sendEmailCode: (body, call) => settle("sendEmailCode", () => http.POST("/api/verify/email", { body, ...common(call) })),
        verifyEmail: (query, call) => settle("verifyEmail", () => {
            const { params, ...rest } = common(call);
            return http.GET("/api/verify/email", { params: { ...params, query }, ...rest });
        }),
        getJwks: (call) => settleKeys(() => http.GET("/.well-known/jwks.json", { signal: call?.signal ?? null, parseAs })),
    };
}
// Read as text, so that whoever answers in HTML leaves more than a syntax error;
// settle.ts reads the JSON of it. The type of what comes of it stays the contract's.
const parseAs = "text";
/**
 * Makes a name for one registration. Send it with each repetition of the same
 * registration, after `no_answer` or `outcome_unknown` for example: then it is
 * done once, and answered each time. A changed registration needs a new name.
 */
export function newIdempotencyKey() {
    // Not crypto.randomUUID: browsers offer it to pages on https only.
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
