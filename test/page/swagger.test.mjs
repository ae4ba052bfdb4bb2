// Swagger UI: opens, authorizes, tries operations.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { answerTo } from "./browser.mjs";
import { call } from "./page.mjs";
import { fresh, freshPhone, scene } from "./scene.mjs";

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

/** The operations of the contract that the service publishes: id, method and path, whether it takes a token, and of which type its body is. */
async function operations(base) {
  const { paths } = await (await fetch(`${base}/openapi.json`)).json();
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods)
    .filter(([, { operationId }]) => operationId)
    .map(([method, { operationId: id, security = [], requestBody }]) => ({
      id, method: method.toUpperCase(), path, token: security.some((scheme) => "Token" in scheme),
      type: Object.keys(requestBody?.content ?? {})[0],
    })));
}

/** Fills in the parameters of an operation, its body and its files, in place of the contract's examples. */
async function fillIn(block, { parameters = {}, body, files = {} }) {
  for (const [name, value] of Object.entries(parameters)) await block.locator(`tr[data-param-name=${name}] input`).fill(value);
  for (const [name, file] of Object.entries(files)) await block.locator(`tr[data-property-name=${name}] input[type=file]`).setInputFiles(file);
  if (body) await block.locator("textarea.body-param__text").fill(JSON.stringify(body));
}

/** Sends an operation. Returns the request of the browser and the service's answer, which the page shows. */
async function execute(page, block, { method, path }) {
  const pattern = new RegExp(`^${path.replaceAll(".", "[.]").replaceAll(/\{\w+\}/g, "[^/{}]+")}$`);
  const responded = page.waitForResponse((response) => response.request().method() === method && pattern.test(new URL(response.url()).pathname));
  await block.locator(".btn.execute").click();
  const response = await responded;
  const answer = await response.json();
  await block.locator(".live-responses-table .response-col_status", { hasText: String(response.status()) }).waitFor();
  return { request: response.request(), answer };
}

scene("Swagger UI tries each operation of the contract", { path: "/docs/", timeout: 600_000 }, async (page, { base }) => {
  const [name, another] = [fresh("s"), "staple of another horse"];
  const picture = { name: "ada.jpg", mimeType: "image/jpeg", buffer: await readFile(`${import.meta.dirname}/../../internal/avatar/testdata/flat-progressive.jpg`) };
  const session = async () => {
    const { token } = (await call(base, "/api/login", { user_name: name, password })).data;
    const { sessions } = (await call(base, "/api/user/sessions", undefined, token)).data;
    return sessions.find(({ current }) => current).id;
  };
  // What is sent in place of the contract's example: a new operation is tried with its example.
  const given = {
    register: () => ({ body: { user_name: name, password } }),
    sendPhoneCode: () => ({ body: { phone: freshPhone() } }),
    sendEmailCode: () => ({ body: { email: `${fresh("s")}@example.com` } }),
    confirmEmail: () => ({ body: { email: `${fresh("s")}@example.com`, code: "123456" } }),
    uploadAvatar: () => ({ files: { file: picture } }),
    endSession: async () => ({ parameters: { id: await session() } }),
    changePassword: () => ({ body: { old_password: password, password: another } }),
    deleteUser: () => ({ body: { password: another } }),
    login: () => ({ body: { user_name: name, password: another } }),
  };
  // No captcha, code or group of the examples exists.
  const refused = {
    getCaptchaAudio: "captcha_wrong", getUserGroup: "group_unknown", confirmEmail: "code_expired", verifyEmail: "code_expired", resetPassword: "code_expired",
  };
  // The page keeps the token of an answer, so the registration comes first, and what ends sessions last. The login takes the deletion back.
  const order = ["register", "", "changePassword", "deleteUser", "login", "logout"];
  const place = ({ id }) => order.indexOf(order.includes(id) ? id : "");
  for (const tried of (await operations(base)).sort((one, other) => place(one) - place(other))) {
    const { id, token, type } = tried;
    const block = await operation(page, id);
    await fillIn(block, await given[id]?.() ?? {});
    const { request, answer } = await execute(page, block, tried);
    assert.equal(answer.reason, refused[id], `${id}: ${JSON.stringify(answer)}`);
    const headers = await request.allHeaders();
    assert.equal("token" in headers, token, `${id}: ${JSON.stringify(headers)}`);
    assert.equal(headers["content-type"]?.split(";")[0], type, id);
    // Many open operations make the page slow.
    await block.locator(".opblock-summary-control").click();
    await block.locator(".btn.execute").waitFor({ state: "detached" });
  }
});
