// Swagger UI: opens, authorizes, tries operations.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { fresh, scene } from "./scene.mjs";

const password = "correct horse battery";

/** Opens an operation of the list. */
async function operation(page, id) {
  const block = page.locator(`.opblock[id$="-${id}"]`);
  await block.waitFor();
  if (!(await block.getAttribute("class")).includes("is-open")) await block.locator(".opblock-summary-control").click();
  await block.locator(".btn.execute").waitFor();
  return block;
}

scene("Swagger UI registers, authorizes and reads the user", { path: "/docs/" }, async (page, { base }) => {
  const name = fresh("s");
  const register = await operation(page, "register");
  await register.locator("textarea.body-param__text").fill(JSON.stringify({ user_name: name, password }));
  const { data } = await answerTo(page, "/api/register", () => register.locator(".btn.execute").click());
  await register.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();

  // Another visitor, with nothing but the token.
  await page.goto("about:blank");
  await page.context().clearCookies();
  await page.goto(`${base}/docs/`);
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  const missing = await operation(page, "getUserDetail");
  assert.equal((await answerTo(page, "/api/user/detail", () => missing.locator(".btn.execute").click())).reason, "token_missing");
  await page.locator(".scheme-container .btn.authorize").click();
  const token = page.locator(".auth-container", { hasText: "apiKey" });
  await token.locator("input").fill(data.token);
  await token.locator(".btn.authorize").click();
  await page.locator(".close-modal").click();
  const detail = await operation(page, "getUserDetail");
  const answer = await answerTo(page, "/api/user/detail", () => detail.locator(".btn.execute").click());
  assert.equal(answer.data.user_name, name);
  await detail.locator(".live-responses-table", { hasText: name }).waitFor();
});

scene("Swagger UI sends no key that nobody typed, and shows a captcha's picture", { path: "/docs/" }, async (page) => {
  const body = JSON.stringify({ user_name: fresh("s"), password });
  for (const [text, reason] of [[body, undefined], [body, "user_name_taken"]]) {
    const register = await operation(page, "register");
    await register.locator("textarea.body-param__text").fill(text);
    const answer = await answerTo(page, "/api/register", () => register.locator(".btn.execute").click());
    assert.equal(answer.reason, reason, JSON.stringify(answer));
  }
  assert.equal(await page.locator(".servers option").count(), 1, "another host is offered");
  // Captchas are off in this deployment, so the picture is that of the contract's example.
  const picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
  await page.route(/[/]api[/]captcha([?]|$)/, (route) => route.fulfill({ json: { code: 0, msg: "", request_id: "x", data: { captcha_off: false, captcha: picture } } }));
  const captcha = await operation(page, "getCaptcha");
  await answerTo(page, "/api/captcha", () => captcha.locator(".btn.execute").click());
  const shown = captcha.locator("img.captcha-picture");
  await shown.waitFor();
  assert.ok(await shown.evaluate((img) => img.decode().then(() => img.naturalWidth)) > 0, "the picture is broken");
});

scene("Swagger UI follows the color scheme", { path: "/docs/", colorScheme: "dark" }, async (page) => {
  await page.locator(".opblock").first().waitFor();
  const colors = () => page.evaluate(() => {
    const lightness = (color) => Math.max(...color.match(/\d+/g).slice(0, 3).map(Number));
    return [lightness(getComputedStyle(document.documentElement).backgroundColor), lightness(getComputedStyle(document.querySelector(".info .title")).color)];
  });
  const [back, text] = await colors();
  assert.ok(back < 64 && text > 192, `${text} on ${back}`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.locator("html:not(.dark-mode)").waitFor();
  assert.ok((await colors())[1] < 128, "it is dark in the light scheme");
});
