// The sign-up page, as a person meets it.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { codeOf, fresh, freshPhone, stage } from "./scene.mjs";

/** Shows the fields of a method, once the page is ready. */
export async function choose(page, method) {
  await page.locator("#form").waitFor();
  await page.locator(`#form input[name=method][value=${method}]`).check({ force: true });
}

/** Chooses a language, and waits until the page is in it. */
export async function speak(page, tag) {
  await page.locator("#language").focus();
  await page.locator("#language").selectOption(tag);
  await inLanguage(page, tag);
}

/** Waits until the page is in a language. */
export async function inLanguage(page, tag) {
  await page.waitForFunction((wanted) => document.documentElement.lang === wanted, tag);
}

/** Chooses Chinese on an English page, and English on another one. */
export async function speakOther(page) {
  await speak(page, await page.locator("html").getAttribute("lang") === "en" ? "zh-CN" : "en");
}

/** Fills fields by their names. */
export async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) await page.locator(`#${name}`).fill(value);
}

/** Presses the button, and returns what the service answers. */
export function submit(page) {
  return answerTo(page, "/api/register", () => page.locator("#submit").click());
}

/** Asks for a code, and returns what the service answers. */
export function sendCode(page) {
  return answerTo(page, "/api/verify/phone", () => page.locator("#send").click());
}

/** A field error is shown next to its field, whose id is that of the API or another one, and tied to it. The field has the focus. */
export async function refusedAt(page, id, answer, reason, field = id) {
  assert.equal(answer.reason, reason);
  const { msg } = answer.errors.find((error) => [field, `${field}_id`].includes(error.field));
  await marked(page, id, msg);
}

/** A field is marked with these words. */
export async function marked(page, field, msg) {
  const error = page.locator(`#${field}-error`);
  await error.waitFor();
  assert.equal(await error.textContent(), msg);
  const input = page.locator(`#${field}`);
  assert.equal(await input.getAttribute("aria-invalid"), "true");
  assert.ok((await input.getAttribute("aria-describedby")).split(" ").includes(`${field}-error`));
  assert.equal(await page.evaluate(() => document.activeElement.id), field);
  const [above, below] = [await input.boundingBox(), await error.boundingBox()];
  assert.ok(below.y >= above.y && below.y - (above.y + above.height) < 20, "the error is not next to its field");
  assert.notEqual(await page.locator("#summary").textContent(), "");
}

/** Calls the service beside the page. */
export async function call(base, path, body, token) {
  const answer = await fetch(base + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { "Content-Type": "application/json", ...(token && { Token: token }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answer.json();
}

/** Registers beside the page: by a fresh user name and this password, or by a fresh phone. */
export async function member(base, { password, phone, ...more }) {
  const body = { ...(password && { user_name: fresh("m"), password }), ...more };
  if (phone) {
    body.phone = freshPhone();
    await call(base, "/api/verify/phone", { phone: body.phone });
    body.code = await codeOf(body.phone);
  }
  const answer = await call(base, "/api/register", body);
  assert.equal(answer.code, 0, JSON.stringify(answer));
  return answer.data;
}

/** Serves the page of a service that offers less, at an address of its own. */
export async function without(page, base, ...offers) {
  const address = `${base}/?without=${offers.join("-")}`;
  await page.route(address, async (route) => {
    const response = await route.fetch();
    // Without a sender the service has no method by it either.
    const body = offers.reduce((text, offer) => text.replace(`data-${offer}="on"`, `data-${offer}="off"`)
      .replace(new RegExp(`(data-methods="[^"]*?) ?${offer}`), "$1"), await response.text());
    await route.fulfill({ response, body });
  });
  return address;
}

/** Serves the page of a service with these methods of registration, at an address of its own. */
export async function registeringBy(page, base, methods) {
  const address = `${base}/?by=${methods.replaceAll(" ", "-")}`;
  await page.route(address, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(/data-methods="[^"]*"/, `data-methods="${methods}"`) });
  });
  return address;
}

/** Fills the form of the login, presses its button, and returns what the service answers. */
export async function logIn(page, values) {
  await page.locator("#login-form").waitFor();
  await fill(page, values);
  return answerTo(page, "/api/login", () => page.locator("#login-submit").click());
}

/** A view is shown, alone, with its title, and a screen reader goes on at its heading. */
export async function arrived(page, view, title, { focus = true } = {}) {
  await page.locator(`[data-view=${view}]`).waitFor();
  assert.equal(await page.locator("[data-view]:visible").count(), 1);
  if (title !== undefined) assert.deepEqual([await page.title(), await page.locator("h1:visible").textContent()], [title, title]);
  if (focus) assert.equal(await page.evaluate(() => document.activeElement.id), "title");
}

/** The registration succeeded: the page shows that, and moves the focus there for screen readers. */
export async function welcomed(page) {
  await page.locator("[data-view=welcome]").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "title");
  return page.locator("#user").textContent();
}

/** The page waits for nothing: no button is at work, and no challenge loads. */
export async function rested(page) {
  await page.locator("#captcha-block").waitFor({ state: "attached" });
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
}

/**
 * Notes the pictures that the page gets, before the page has them. Returns a function that types the digits of the
 * one that is shown, if any. A route that is set later and answers for the service itself must fall back to this one.
 */
export async function reader(page) {
  const ids = new Map(); // by picture
  await page.route("**/api/captcha", async (route) => {
    const response = await route.fetch();
    const { data } = await response.json();
    if (data?.captcha) ids.set(data.captcha, data.captcha_id);
    await route.fulfill({ response });
  });
  return async () => {
    await rested(page);
    if (!(await page.locator("#captcha").isVisible())) return;
    const { answer } = await stage(`/picture?id=${ids.get(await page.locator("#picture[src]").getAttribute("src"))}`);
    await fill(page, { captcha: answer });
  };
}

/** Holds the next request to a path: it goes on when release is called. */
export async function hold(page, pattern) {
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  let arrive;
  const held = new Promise((resolve) => { arrive = resolve; });
  await page.route(pattern, async (route) => {
    arrive();
    await released;
    await route.fallback();
  }, { times: 1 });
  return { held, release };
}

/** Nothing has to be scrolled sideways. */
export async function fits(page) {
  const { scrollWidth, clientWidth } = await page.evaluate(({ scrollWidth, clientWidth } = document.documentElement) => ({ scrollWidth, clientWidth }));
  assert.ok(scrollWidth <= clientWidth, `${scrollWidth} px in ${clientWidth}`);
}

/** Presses Tab until the element of a selector has the focus. */
export async function tabTo(page, selector) {
  for (let step = 0; step < 40; step++) {
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${selector}`);
}
