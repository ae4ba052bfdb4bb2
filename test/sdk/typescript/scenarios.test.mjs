// Plays files of scenarios through the SDK; test/scenarios.md describes them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { inspect } from "node:util";
import { createClient, newIdempotencyKey, solveWork } from "enroll-client";

const here = import.meta.dirname;
const books = [];
for (const name of ["scenarios.json", "hostile.json"]) books.push([name, JSON.parse(await readFile(`${here}/../../${name}`, "utf8")).scenarios]);
const deployments = JSON.parse(process.env.STAGE_DEPLOYMENTS);

/** The reasons that the SDK's types have. */
const schema = await readFile(`${here}/node_modules/enroll-client/dist/schema.d.ts`, "utf8");
const reasons = new Set(schema.match(/\n\s+Reason: ([^;]*);/)[1].match(/\w+/g));

/** Fails on a key that the runner does not know, so that nothing is left out in silence. */
function only(object, ...names) {
  for (const name of Object.keys(object)) assert.ok(names.includes(name), `not understood: ${name}`);
}

const digits = (n) => Array.from({ length: n }, () => 1 + Math.floor(Math.random() * 9)).join("");
const kinds = {
  name: () => `t${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`,
  phone: () => `138${digits(8)}`,
  email: () => `${kinds.name()}@example.com`,
  digits: () => digits(8),
  key: newIdempotencyKey,
};

/** A value with its variables filled in. */
function fill(value, variables) {
  const known = (name) => {
    assert.ok(name in variables, `no variable ${name}`);
    return variables[name];
  };
  if (typeof value === "string") {
    const whole = value.match(/^\{\{(\w+)\}\}$/);
    return whole ? known(whole[1]) : value.replace(/\{\{(\w+)\}\}/g, (_, name) => String(known(name)));
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, variables));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, variables)]));
}

const matchers = {
  $not: (got, value) => got !== undefined && got !== null && got !== value,
  $type: (got, value) => (value === "integer" ? Number.isSafeInteger(got) : (assert.equal(value, "string"), typeof got === "string")),
  $min: (got, value) => Number.isSafeInteger(got) && got >= value,
  $max: (got, value) => Number.isSafeInteger(got) && got <= value,
  $min_items: (got, value) => Array.isArray(got) && got.length >= value,
};

function match(what, got, want) {
  if (want === null) return assert.equal(got ?? null, null, what);
  const isMatcher = typeof want === "object" && Object.keys(want).some((name) => name.startsWith("$"));
  if (!isMatcher) return assert.deepEqual(got, want, what);
  only(want, ...Object.keys(matchers));
  for (const [name, value] of Object.entries(want)) assert.ok(matchers[name](got, value), `${what}: ${JSON.stringify(got)} is not ${name} ${value}`);
}

function matchAll(what, got, wants = {}) {
  for (const [name, want] of Object.entries(wants)) match(`${what} ${name}`, got[name], want);
}

/** Makes a call of the contract through the SDK. */
function call(base, { call: operation, params = {}, token = "", body, timeout }) {
  only(params, "Site-Id", "Accept-Language", "Idempotency-Key", "captcha_id", "proof", "operation", "code", "email", "state", "session", "id");
  const given = (name, as = name) => (name in params ? { [as]: params[name] } : {});
  const enroll = createClient({ baseUrl: base, timeout, ...given("Site-Id", "siteId"), ...given("Accept-Language", "locale") });
  const user = { token };
  switch (operation) {
    case "register": return enroll.register(body, given("Idempotency-Key", "idempotencyKey"));
    case "login": return enroll.login(body);
    case "resetPassword": return enroll.resetPassword(body);
    case "sendPhoneCode": return enroll.sendPhoneCode(body, user);
    case "sendEmailCode": return enroll.sendEmailCode(body, user);
    case "verifyEmail": return enroll.verifyEmail({ code: params.code, ...given("email"), ...given("state") }, user);
    case "confirmEmail": return enroll.confirmEmail(body, user);
    case "acceptTerms": return enroll.acceptTerms(body, user);
    case "logout": return enroll.logout(body, user);
    case "listSessions": return enroll.listSessions(user);
    case "exportUser": return enroll.exportUser(user);
    case "endSession": return enroll.endSession(params.session, user);
    case "endOtherSessions": return enroll.endOtherSessions(user);
    case "changePassword": return enroll.changePassword(body, user);
    case "deleteUser": return enroll.deleteUser(body, user);
    case "getUserDetail": return enroll.getUserDetail(user);
    case "updateUser": return enroll.updateUser(body, user);
    case "uploadAvatar": return enroll.uploadAvatar(new Blob([Buffer.from(body.file, "base64")]), user);
    case "getSettings": return enroll.getSettings();
    case "getUserGroups": return enroll.getUserGroups();
    case "getUserGroup": return enroll.getUserGroup(params.id);
    case "getCaptcha": return enroll.getCaptcha(given("operation"));
    case "getCaptchaAudio": return enroll.getCaptchaAudio(params.captcha_id, params.proof ?? "");
    case "getJwks": return enroll.getJwks();
    default: return assert.fail(`unknown operation ${operation}`);
  }
}

/** Compares an answer with the expected one. */
function compare(answer, expect) {
  only(expect, "ok", "refusal", "unexpected", "no_answer");
  const { ok, refusal, unexpected, no_answer: none } = expect;
  if (ok) {
    only(ok, "data", "msg", "headers");
    assert.equal(answer.ok, true, inspect(answer));
    matchAll("data", answer.data, ok.data);
    matchAll("header", { "Update-Token": answer.updateToken }, ok.headers);
    if ("msg" in ok) match("msg", answer.msg, ok.msg);
  } else if (refusal) {
    only(refusal, "status", "code", "reason", "msg", "request_id", "retry_after", "errors", "field_msg", "known");
    assert.equal(answer.ok, false, inspect(answer));
    assert.notEqual(answer.reason, "no_answer", String(answer.cause));
    const reason = answer.reason === "other" ? answer.named : answer.reason;
    const known = refusal.known ?? true;
    const got = { status: answer.status, code: answer.code, reason, msg: answer.msg, request_id: answer.requestId, retry_after: answer.retryAfter };
    const { errors, field_msg: messages, known: _, ...rest } = refusal;
    matchAll("refusal", got, rest);
    assert.equal(reasons.has(reason), known, `${reason} is known`);
    if (known) assert.notEqual(answer.requestId, "");
    if (errors) assert.deepEqual(Object.fromEntries(answer.errors.map((one) => [one.field, one.reason])), errors);
    matchAll("message", Object.fromEntries(answer.errors.map((one) => [one.field, one.msg])), messages);
  } else if (unexpected) {
    only(unexpected, "status", "retry_after");
    assert.equal(answer.reason, "no_answer", inspect(answer));
    matchAll("unexpected", { status: answer.status, retry_after: answer.retryAfter }, unexpected);
  } else if (none) {
    only(none);
    assert.equal(answer.reason, "no_answer", inspect(answer));
  } else {
    assert.notEqual(answer.reason, "no_answer", String(answer.cause));
  }
}

async function play(step, base, variables) {
  if ("stage" in step) {
    only(step, "stage", "save");
    const [method, path] = fill(step.stage, variables).split(" ");
    const answer = await fetch(process.env.STAGE_URL + path, { method });
    assert.equal(answer.status, 200, `${step.stage}: ${answer.status}`);
    const said = await answer.json();
    for (const [name, field] of Object.entries(step.save ?? {})) variables[name] = said[field];
    return;
  }
  if ("solve" in step) {
    only(step, "solve", "save");
    const { answer: right, canceled, ...work } = fill(step.solve, variables);
    only(work, "salt", "bits", "puzzles");
    if (canceled) return assert.rejects(solveWork(work, { signal: AbortSignal.abort() }), { name: "AbortError" });
    const answer = await solveWork(work);
    if (right !== undefined) assert.equal(answer, right);
    for (const [name, field] of Object.entries(step.save ?? {})) variables[name] = { answer }[field];
    return;
  }
  only(step, "call", "params", "token", "body", "timeout", "expect", "save");
  const answer = await call(base, fill(step, variables));
  compare(answer, fill(step.expect, variables));
  for (const [name, path] of Object.entries(step.save ?? {})) {
    const [place, ...fields] = path.split(".");
    only({ [place]: 0 }, "data", "headers");
    const value = fields.reduce((of, field) => of?.[field], place === "data" ? answer.data : { "Update-Token": answer.updateToken });
    assert.notEqual(value, undefined, `${path} cannot be saved`);
    variables[name] = value;
  }
}

async function playAll(scenario, on) {
  only(scenario, "name", "on", "steps", "why", "fresh");
  const [deployment, ...path] = on.split("/");
  assert.ok(deployment in deployments, `no deployment ${deployment}`);
  const base = [deployments[deployment], ...path].join("/");
  const variables = {};
  for (const [name, kind] of Object.entries(scenario.fresh ?? {})) {
    variables[name] = typeof kind === "number" ? "x".repeat(kind) : (assert.ok(kind in kinds, kind), kinds[kind]());
  }
  for (const [i, step] of scenario.steps.entries()) {
    try {
      await play(step, base, variables);
    } catch (error) {
      error.message = `step ${i + 1}, ${step.call ?? step.stage ?? "solve"}: ${error.message}`;
      throw error;
    }
  }
}

for (const [book, scenarios] of books) {
  let played = 0;
  let steps = 0;
  for (const scenario of scenarios) {
    for (const on of [scenario.on].flat()) {
      test(`${scenario.name}, on ${on}`, async () => {
        await playAll(scenario, on);
        played++;
        steps += scenario.steps.length;
      });
    }
  }
  after(() => console.log(`${played} scenarios, ${steps} steps of ${book}`));
}
