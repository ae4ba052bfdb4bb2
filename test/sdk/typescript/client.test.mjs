// What the client makes of answers that a real service gives rarely or never.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, newIdempotencyKey } from "enroll-client";

const envelope = { code: -1, msg: "no", data: null, request_id: "r1" };
/** The data of a user. An answer that lacks one of these members is not the service's. */
const user = {
  id: 9007199254740991, parent_id: 0, user_name: "newuser", user_name_canonical: "newuser", real_name: "", first_name: "", last_name: "", introduce: "", birthday: 0, avatar_url: "", full_avatar_url: "", email: "", email_verified: false, recoverable: false, accepted_terms: "", accepted_terms_time: 0, phone: "", group_id: 2,
  status: 1, is_retailer: 0, balance: 0, total_reward: 0, invite_code: "anqicms", last_login: 1, expire_time: 0, created_time: 1, updated_time: 1,
  extra: null, group: null, link: "", token: "t",
};

/** A client whose service gives one answer, and the requests it has sent. */
function against(status, body, headers = {}) {
  const sent = [];
  const fetch = async (request) => {
    sent.push(request);
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
  };
  return { sent, enroll: createClient({ baseUrl: "http://service", locale: "en", siteId: 7, fetch }) };
}

for (const status of [409, 200]) {
  test(`a refusal is a value with HTTP status ${status}`, async () => {
    const errors = [{ field: "user_name", reason: "user_name_taken", msg: "taken" }];
    const { enroll } = against(status, { ...envelope, reason: "user_name_taken", errors });
    assert.deepEqual(await enroll.register({ user_name: "a" }), {
      ok: false, reason: "user_name_taken", msg: "no", errors, retryAfter: undefined, code: -1, status, requestId: "r1",
    });
  });
}

test("a wait is a number, though another host's page may not see the header", async () => {
  const body = { ...envelope, reason: "code_too_soon" };
  const seen = await against(429, body, { "Retry-After": "60" }).enroll.sendPhoneCode({ phone: "1" });
  const hidden = await against(429, body).enroll.sendPhoneCode({ phone: "1" });
  assert.deepEqual([seen.retryAfter, hidden.retryAfter], [60, 5]);
});

test("a reason that is newer than the client, or unheard of here, is other", async () => {
  for (const named of ["moon_in_the_way", "token_missing"]) {
    const answer = await against(422, { ...envelope, reason: named, errors: [{ field: "moon", reason: named, msg: "!" }] }).enroll.register({});
    assert.deepEqual([answer.reason, answer.named, answer.msg, answer.errors[0].field], ["other", named, "no", "moon"]);
  }
});

test("success carries the fresh token", async () => {
  const { enroll, sent } = against(200, { ...envelope, code: 0, data: user }, { "Update-Token": "fresh" });
  const answer = await enroll.getUserDetail({ token: "old" });
  assert.deepEqual(answer, { ok: true, data: user, msg: "no", requestId: "r1", updateToken: "fresh" });
  assert.equal(sent[0].headers.get("Token"), "old");
});

test("an answer of a proxy or another server counts as none", async () => {
  for (const [status, body] of [[502, "<html>Bad Gateway"], [502, ""], [200, "<html>Log in to this Wi-Fi"], [200, "[]"], [200, "null"], [503, '{"error":"full"}']]) {
    const answer = await against(status, body, { "Retry-After": "30" }).enroll.register({});
    assert.equal(answer.reason, "no_answer", `${status} ${body}`);
    assert.equal(answer.ok, false);
    assert.deepEqual([answer.status, answer.retryAfter], [status, 30]);
  }
});

test("no method rejects", async () => {
  const down = createClient({ baseUrl: "http://service", fetch: () => Promise.reject(new TypeError("offline")) });
  const calls = [
    down.register({}), down.login({}), down.sendPhoneCode({ phone: "1" }), down.getCaptcha(), down.getCaptchaAudio("id", "00"),
    down.getUserDetail({ token: "t" }), down.sendEmailCode({}, { token: "t" }), down.verifyEmail({ code: "1" }, { token: "t" }),
    down.confirmEmail({ code: "1" }, { token: "t" }), down.updateUser({}, { token: "t" }), down.uploadAvatar(new Blob([]), { token: "t" }),
    down.getSettings(), down.getUserGroups(), down.getUserGroup(2), down.getJwks(), down.resetPassword({ code: "1", password: "2" }),
    down.logout({}, { token: "t" }), down.acceptTerms({ accepted_terms: "1" }, { token: "t" }),
    down.listSessions({ token: "t" }), down.exportUser({ token: "t" }), down.endSession("1", { token: "t" }), down.endOtherSessions({ token: "t" }),
    down.changePassword({ old_password: "1", password: "2" }, { token: "t" }),
    down.deleteUser({ password: "1" }, { token: "t" }),
  ];
  assert.equal(calls.length, Object.keys(down).length);
  for (const answer of await Promise.all(calls)) {
    assert.equal(answer.reason, "no_answer");
    assert.match(String(answer.cause), /offline/);
  }
  assert.equal((await createClient({ baseUrl: "no address" }).getCaptcha()).reason, "no_answer");
});

test("time and the caller's signal end a call", async () => {
  const fetch = (request) => new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
  const late = await createClient({ baseUrl: "http://service", timeout: 1, fetch }).getCaptcha();
  assert.equal(late.cause.name, "TimeoutError");
  for (const timeout of [0, 60_000]) {
    const given = new AbortController();
    const call = createClient({ baseUrl: "http://service", timeout, fetch }).getCaptcha({ signal: given.signal });
    given.abort();
    assert.equal((await call).cause.name, "AbortError");
  }
});

test("a fetch that hears no signal is given up all the same", async () => {
  const deaf = () => new Promise(() => {});
  assert.equal((await createClient({ baseUrl: "http://service", timeout: 1, fetch: deaf }).getCaptcha()).cause.name, "TimeoutError");
  const enroll = createClient({ baseUrl: "http://service", timeout: 0, fetch: deaf });
  assert.equal((await enroll.getCaptcha({ signal: AbortSignal.abort() })).cause.name, "AbortError");
});

test("a redirect, of which a browser shows nothing, counts as no answer", async () => {
  const fetch = async (request) => {
    assert.equal(request.redirect, "manual");
    return { type: "opaqueredirect", status: 0, headers: new Headers(), body: null, text: async () => "" };
  };
  const answer = await createClient({ baseUrl: "http://service", fetch }).getCaptcha();
  assert.deepEqual([answer.reason, answer.status], ["no_answer", undefined]);
});

test("a fetch without streams will do", async () => {
  const text = JSON.stringify({ ...envelope, code: 0, data: user });
  const fetch = async () => ({ type: "default", status: 200, headers: new Headers(), text: async () => text });
  assert.equal((await createClient({ baseUrl: "http://service", fetch }).login({})).data.id, user.id);
});

test("what is sent", async () => {
  const { enroll, sent } = against(200, { ...envelope, code: 0, data: {} });
  const key = newIdempotencyKey();
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.notEqual(key, newIdempotencyKey());
  await enroll.register({ user_name: "新用户" }, { idempotencyKey: key, locale: "zh-CN" });
  await enroll.getCaptchaAudio("a&b=c", "00");
  await enroll.verifyEmail({ code: "1 2", email: "a+b@c.example" }, { token: "t" });
  const [register, audio, verify] = sent;
  assert.deepEqual(
    ["Idempotency-Key", "Accept-Language", "Site-Id", "Content-Type", "Token"].map((name) => register.headers.get(name)),
    [key, "zh-CN", "7", "application/json", null],
  );
  assert.deepEqual(await register.json(), { user_name: "新用户" });
  assert.equal(audio.url, "http://service/api/captcha/audio?captcha_id=a%26b%3Dc&proof=00");
  assert.equal(new URL(verify.url).searchParams.get("email"), "a+b@c.example");
  assert.equal(verify.headers.get("Accept-Language"), "en");
});

test("the key set has no envelope", async () => {
  const keys = [{ kty: "OKP", kid: "k", use: "sig", alg: "EdDSA", crv: "Ed25519", x: "x" }];
  assert.deepEqual(await against(200, { keys }, { "X-Request-Id": "r2" }).enroll.getJwks(), { ok: true, data: { keys }, msg: "", requestId: "r2" });
  assert.equal((await against(200, { jwks: [] }).enroll.getJwks()).reason, "no_answer");
  assert.equal((await against(404, { ...envelope, reason: "not_found" }).enroll.getJwks()).reason, "other");
});
