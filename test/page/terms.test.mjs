// People accept the terms: at a registration, and at a login when there is a new version.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { arrived, choose, fill, fits, hold, logIn, marked, member, refusedAt, speak, submit, welcomed } from "./page.mjs";
import { accessible, codeOf, fresh, scene, stage } from "./scene.mjs";

const password = "correct horse battery";
const narrow = { on: "terms", viewport: { width: 360, height: 740 } };

scene("asks for the terms at a registration", narrow, async (page) => {
  await choose(page, "name");
  const link = page.locator("#register-terms-link");
  assert.equal(await link.getAttribute("href"), "https://example.com/terms?lang=en&a=b");
  assert.deepEqual([await link.getAttribute("target"), await link.textContent()], ["_blank", "Read the terms of use (opens a new tab)"]);
  assert.equal(await page.getByRole("checkbox", { name: "I accept the terms of use" }).isChecked(), false);
  await fits(page);
  await accessible(page);
  const name = fresh("t");
  await fill(page, { user_name: name, password });
  await page.locator("#submit").click();
  await marked(page, "register-accepted_terms", "Please read and accept the terms of use.");
  await accessible(page);
  // The field has the focus, so the keyboard can go on at once.
  await page.keyboard.press("Space");
  assert.equal(await page.locator("#register-accepted_terms-error").isVisible(), false);
  await speak(page, "zh-CN");
  assert.equal(await link.getAttribute("href"), "https://example.com/terms?lang=zh-CN&a=b");
  assert.equal(await page.getByRole("checkbox", { name: "我同意使用条款" }).isChecked(), true);
  const { data } = await submit(page);
  assert.equal(data.accepted_terms, "2026-11");
  await welcomed(page);
});

/** Opens a page that was served before the operator has set the version of today. */
async function openEarlier(page, base) {
  const address = `${base}/?earlier`;
  await page.route(address, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace('data-terms="2026-11"', 'data-terms="2025"') });
  });
  await page.goto(address);
  await choose(page, "name");
}

scene("asks again at a registration if the version has changed meanwhile", narrow, async (page, { base }) => {
  await openEarlier(page, base);
  await fill(page, { user_name: fresh("t"), password });
  await page.locator("#register-accepted_terms").check();
  await refusedAt(page, "register-accepted_terms", await submit(page), "terms_outdated", "accepted_terms");
  assert.equal(await page.locator("#password").inputValue(), password);
  await page.locator("#register-accepted_terms").check();
  assert.equal((await submit(page)).data.accepted_terms, "2026-11");
  await welcomed(page);
});

scene("keeps what is typed while the page asks for the version, and sends nothing twice", narrow, async (page, { base }) => {
  await openEarlier(page, base);
  await fill(page, { user_name: fresh("t"), password });
  await page.locator("#register-accepted_terms").check();
  let attempts = 0;
  page.on("request", (request) => { if (request.url().endsWith("/api/register")) attempts++; });
  const settings = await hold(page, "**/api/settings");
  const answer = submit(page);
  await settings.held;
  const name = fresh("t");
  await fill(page, { user_name: name });
  await page.locator("#submit").click({ force: true });
  settings.release();
  await refusedAt(page, "register-accepted_terms", await answer, "terms_outdated", "accepted_terms");
  assert.equal(attempts, 1);
  await page.locator("#register-accepted_terms").check();
  assert.equal((await submit(page)).data.user_name, name);
  await welcomed(page);
});

scene("asks for new terms at a login with a password", narrow, async (page, { base }) => {
  const { id, user_name } = await member(base, { password, accepted_terms: "2026-11" });
  await stage(`/terms/outdate?id=${id}`, "POST");
  await page.goto(`${base}/?again#login`);
  await page.locator("#login-form").waitFor();
  assert.equal(await page.locator("#login-terms").isVisible(), false);
  const typed = { "login-user_name": user_name, "login-password": password };
  await refusedAt(page, "login-accepted_terms", await logIn(page, typed), "terms_outdated", "accepted_terms");
  await fits(page);
  await accessible(page);
  assert.equal(await page.locator("#login-password").inputValue(), password);
  assert.equal(await page.locator("#login-terms-link").getAttribute("href"), "https://example.com/terms?lang=en&a=b");
  await page.locator("#login-submit").click();
  await marked(page, "login-accepted_terms", "Please read and accept the terms of use.");
  await page.keyboard.press("Space");
  const { data } = await answerTo(page, "/api/login", () => page.keyboard.press("Enter"));
  assert.equal(data.accepted_terms, "2026-11");
  await arrived(page, "account");
  // The next person at this browser is not asked before the service asks.
  await page.locator("#logout").click();
  await page.locator("#login-form").waitFor();
  assert.equal(await page.locator("#login-terms").isVisible(), false);
});

scene("asks for new terms at a login with a code, which stays good", narrow, async (page, { base }) => {
  const { id, phone } = await member(base, { phone: true, accepted_terms: "2026-11" });
  await stage(`/terms/outdate?id=${id}`, "POST");
  await stage("/terms/later?seconds=60", "POST");
  await page.goto(`${base}/?again#login`);
  await page.locator("#login-form input[name=method][value=phone]").check({ force: true });
  await fill(page, { "login-phone": phone });
  await answerTo(page, "/api/verify/phone", () => page.locator("#login-send").click());
  const code = await codeOf(phone);
  await refusedAt(page, "login-accepted_terms", await logIn(page, { "login-code": code }), "terms_outdated", "accepted_terms");
  assert.equal(await page.locator("#login-code").inputValue(), code);
  await page.locator("#login-accepted_terms").check();
  await answerTo(page, "/api/login", () => page.locator("#login-submit").click());
  await arrived(page, "account");
});
