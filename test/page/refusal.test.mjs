// Each refusal that the page can meet stands where it belongs.
import assert from "node:assert/strict";
import { choose, fill, fits, marked, refusedAt, sendCode, submit, welcomed } from "./page.mjs";
import { accessible, codeOf, fresh, freshPhone, scene, stage } from "./scene.mjs";

const password = "correct horse battery";
const narrow = { viewport: { width: 360, height: 740 } };

scene("refusals of a user name, a password, an email and an invitation", narrow, async (page, { base }) => {
  const taken = fresh("t");
  const email = `${taken}@example.com`;
  await fetch(`${base}/api/register`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user_name: taken, password }),
  });
  await choose(page, "name");
  await page.locator("#invitation summary").click();
  for (const [field, value, reason] of [
    ["user_name", "a", "user_name_too_short"],
    ["user_name", "a".repeat(33), "user_name_too_long"],
    ["user_name", "a!b", "user_name_character"],
    ["user_name", "аlicе", "user_name_mixed_scripts"],
    ["user_name", "12345", "user_name_digits"],
    ["user_name", "admin", "user_name_reserved"],
    ["user_name", taken.toUpperCase(), "user_name_taken"],
    ["password", "short", "password_too_short"],
    ["password", "long ".repeat(30), "password_too_long"],
    ["password", "password123", "password_common"],
    ["password", email, "password_context"],
    ["email", "nobody@", "email_invalid"],
    ["email", `${"a".repeat(60)}@${"b.".repeat(120)}example.com`, "email_too_long"],
    ["invite_code", "nobody", "invite_invalid"],
  ]) {
    await fill(page, { user_name: fresh("r"), password, email, invite_code: "", [field]: value });
    await refusedAt(page, field, await submit(page), reason);
  }
  await fits(page);
  await accessible(page);
});

scene("several errors at once: the first has the focus", narrow, async (page) => {
  await choose(page, "name");
  await fill(page, { user_name: "a", password: "short", email: "nobody" });
  const answer = await submit(page);
  await refusedAt(page, "user_name", answer, answer.reason);
  for (const field of ["password", "email"]) assert.equal(await page.locator(`#${field}-error`).isVisible(), true);
  assert.equal(await page.locator("#summary").textContent(), "3 fields need your attention.");
  await fits(page);
  await accessible(page);
});

scene("refusals of a phone", {}, async (page) => {
  await choose(page, "phone");
  for (const [phone, reason] of [["12", "phone_invalid"], ["01088888888", "phone_not_mobile"], ["+4915112345678", "phone_country"]]) {
    await fill(page, { phone });
    await refusedAt(page, "phone", await sendCode(page), reason);
  }
  await accessible(page);
});

scene("an SMS that could not be sent may be asked for again later", {}, async (page) => {
  await choose(page, "phone");
  await fill(page, { phone: "13800000000" });
  // The wait begins before the request, because the countdown is short.
  const counted = page.locator("#send", { hasText: /^Send in \d+ s$/ }).waitFor();
  const answer = await sendCode(page);
  assert.equal(answer.reason, "sms_failed");
  await page.locator("#summary").waitFor();
  assert.equal(await page.locator("#summary").textContent(), answer.msg);
  await counted;
});

scene("refusals of codes", { on: "aged", ...narrow }, async (page, { base }) => {
  const phone = freshPhone();
  const code = async () => {
    await page.goto(`${base}/`); // no countdown after a reload: the service keeps count
    await choose(page, "phone");
    await fill(page, { phone });
    await sendCode(page);
    return codeOf(phone);
  };
  const first = await code();
  const wrong = first === "000000" ? "000001" : "000000";
  await fill(page, { code: wrong });
  await refusedAt(page, "code", await submit(page), "code_wrong");
  assert.equal(await page.locator("#code-hint").textContent(), "", "the code is said to be on its way");
  await page.goto(`${base}/`);
  await choose(page, "phone");
  await fill(page, { phone });
  const soon = await sendCode(page);
  assert.equal(soon.reason, "code_too_soon");
  await page.locator("#send[aria-disabled=true]").waitFor();
  await fits(page);
  await stage("/aged/later?seconds=600", "POST");
  await fill(page, { code: first });
  await refusedAt(page, "code", await submit(page), "code_expired");
  const second = await code();
  for (let tries = 0; tries < 5; tries++) {
    await fill(page, { code: second === wrong ? "000002" : wrong });
    assert.equal((await submit(page)).reason, "code_wrong");
    await page.locator("#submit[aria-disabled=false]").waitFor();
  }
  await fill(page, { code: second });
  await refusedAt(page, "code", await submit(page), "code_exhausted");
  await stage("/aged/later?seconds=60", "POST");
  await fill(page, { code: await code() });
  await submit(page);
  await welcomed(page);
  await stage("/aged/later?seconds=60", "POST");
  await fill(page, { code: await code() });
  await refusedAt(page, "phone", await submit(page), "phone_taken");
});

scene("a deployment without SMS says so", {}, async (page) => {
  // A stage cannot give this refusal, because --dev always has a sender. So the test answers itself.
  const refusal = { code: -1, msg: "no SMS here", data: null, request_id: "r", reason: "phone_not_offered", errors: [{ field: "phone", reason: "phone_not_offered", msg: "no SMS here" }] };
  await page.route("**/api/verify/phone", (route) => route.fulfill({ status: 422, json: refusal }));
  await choose(page, "phone");
  await fill(page, { phone: freshPhone() });
  await refusedAt(page, "phone", await sendCode(page), "phone_not_offered");
});

scene("too many requests: the button counts down", { on: "limited", ...narrow }, async (page) => {
  await choose(page, "name");
  let answer;
  do {
    await fill(page, { user_name: "a", password });
    answer = await submit(page);
    await page.locator("#submit[aria-busy=false]").waitFor();
  } while (answer.reason === "user_name_too_short");
  assert.equal(answer.reason, "rate_limited");
  await page.locator("#summary").waitFor();
  assert.match(await page.locator("#summary").textContent(), new RegExp(`^${answer.msg}`));
  assert.match(await page.locator("#submit").textContent(), /^Try again in \d+ s$/);
  await fits(page);
  await accessible(page);
  await page.locator("#submit").click({ force: true });
  assert.match(await page.locator("#submit").textContent(), /^Try again in \d+ s$/);
});

scene("a lost answer: pressing again makes no second account", {}, async (page) => {
  const keys = [];
  await page.route("**/api/register", async (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    const answer = await route.fetch();
    await (keys.length === 1 ? route.abort("connectionreset") : route.fulfill({ response: answer }));
  });
  await choose(page, "name");
  const name = fresh("l");
  await fill(page, { user_name: name, password });
  await page.locator("#submit").click();
  await page.getByText("No answer has arrived").waitFor();
  await accessible(page);
  await submit(page);
  assert.ok((await welcomed(page)).includes(name));
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
});

scene("another registration has another key", {}, async (page) => {
  const keys = [];
  page.on("request", (request) => { if (request.method() === "POST") keys.push(request.headers()["idempotency-key"]); });
  await choose(page, "name");
  for (const user_name of ["a", "b"]) {
    await fill(page, { user_name, password });
    await refusedAt(page, "user_name", await submit(page), "user_name_too_short");
  }
  assert.match(keys[0], /^[0-9a-f]{32}$/);
  assert.notEqual(keys[0], keys[1]);
});

scene("offline", {}, async (page) => {
  await choose(page, "name");
  await fill(page, { user_name: fresh("o"), password });
  await page.context().setOffline(true);
  await page.locator("#submit").click();
  await page.getByText("You are offline").waitFor();
  await page.context().setOffline(false);
  await submit(page);
  await welcomed(page);
});

for (const [what, status, headers, body, words, button] of [
  ["an internal error", 500, {}, { reason: "internal" }, /said so.*abc123/, /Create account/],
  ["a busy service", 503, { "Retry-After": "500" }, { reason: "busy" }, /said so/, /Try again in \d+ s/],
  ["an unknown outcome", 503, { "Retry-After": "300" }, { reason: "outcome_unknown" }, /said so/, /Try again in \d+ s/],
  ["a reason of tomorrow", 422, {}, { reason: "moon_full", errors: [{ field: "moon", reason: "moon_full", msg: "the moon is full" }] }, /the moon is full/, /Create account/],
  ["a refusal with status 200", 200, {}, { reason: "email_taken", errors: [{ field: "email", reason: "email_taken", msg: "taken" }] }, /One field/, /Create account/],
  ["a proxy's error", 502, {}, "<h1>Bad Gateway</h1>", /No answer has arrived/, /Create account/],
]) {
  scene(`says what came of it: ${what}`, narrow, async (page) => {
    const envelope = { code: -1, msg: "said so", data: null, request_id: "abc123" };
    await page.route("**/api/register", (route) => route.fulfill({
      status, headers, contentType: typeof body === "string" ? "text/html" : "application/json",
      body: typeof body === "string" ? body : JSON.stringify({ ...envelope, ...body }),
    }));
    await choose(page, "name");
    await fill(page, { user_name: fresh("f"), password });
    await page.locator("#submit").click();
    await page.locator("#summary").waitFor();
    assert.match(await page.locator("#summary").textContent(), words);
    assert.match(await page.locator("#submit").textContent(), button);
    if (body.reason === "email_taken") await marked(page, "email", "taken");
    await accessible(page);
    await fits(page);
  });
}
