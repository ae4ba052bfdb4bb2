// A team's copy of the page on a host of its own, as docs/page.md tells.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { answerTo } from "./browser.mjs";
import { arrived, call, choose, fill, logIn, refusedAt, sendCode, submit, welcomed } from "./page.mjs";
import { codeOf, fresh, freshPhone, scene } from "./scene.mjs";

const root = `${import.meta.dirname}/../..`;
const host = "http://elsewhere.localhost";
const password = "correct horse battery";

/** The policy that docs/page.md tells to send with the copy, for a service at api. */
async function policy(api) {
  const page = await readFile(`${root}/docs/page.md`, "utf8");
  const [, value] = page.match(/^ +Content-Security-Policy: (.*(?:\n {9}.*)*)$/m);
  assert.ok(value.includes("https://id.example.com"));
  return value.replace(/\s+/g, " ").replaceAll("https://id.example.com", api);
}

/** Serves the files of a checkout in the browser itself: the origin is another one, and no port is needed. */
function copy(api, origin = host) {
  return async (page) => {
    await page.route(`${origin}/**`, async (route) => {
      const path = new URL(route.request().url()).pathname;
      const file = path === "/pow.js" ? "internal/captcha/pow.js" : `internal/pages/assets/${path === "/" ? "index.html" : path.replace("/pages/", "")}`;
      const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml", json: "application/json" };
      const body = (await readFile(`${root}/${file}`, "utf8")).replace('data-api=""', `data-api="${api}"`);
      await route.fulfill({
        body, contentType: types[file.split(".").pop()],
        headers: { "Content-Security-Policy": await policy(api) },
      });
    });
    return origin;
  };
}

/** Serves the service below a path of another host, as a proxy does. */
async function proxied(page, base) {
  const front = "http://proxied.localhost/id";
  await page.route(`${front}/**`, async (route) => {
    await route.fulfill({ response: await route.fetch({ url: route.request().url().replace(front, base) }) });
  });
  return front;
}

// To the browser the copy comes from the internet, and the service is in its own network.
const permissions = ["local-network-access"];

const { elsewhere } = JSON.parse(process.env.STAGE_DEPLOYMENTS);

scene("a copy on another host registers by user name and by phone, and reads refusals", { on: "elsewhere", site: copy(elsewhere), permissions }, async (page) => {
  await choose(page, "name");
  await fill(page, { user_name: "a", password });
  await refusedAt(page, "user_name", await submit(page), "user_name_too_short");
  const name = fresh("x");
  await fill(page, { user_name: name });
  await submit(page);
  assert.ok((await welcomed(page)).includes(name));
  await page.goto(`${host}/`);
  await choose(page, "phone");
  assert.equal(await page.locator("#call").count(), 0); // a copy offers calls only if its first tag says so
  const phone = freshPhone();
  await fill(page, { phone });
  await sendCode(page);
  await page.reload();
  await choose(page, "phone");
  await fill(page, { phone });
  assert.equal((await sendCode(page)).reason, "code_too_soon");
  // Retry-After is one of the headers that the service exposes; without it the SDK says 5.
  await page.locator("#send", { hasText: /^Send in \d\d s$/ }).waitFor();
  await fill(page, { code: await codeOf(phone) });
  await submit(page);
  assert.ok((await welcomed(page)).includes(phone));
});

scene("a copy on a host that is not allowed reads nothing", { on: "elsewhere", site: copy(elsewhere, "http://other.localhost"), permissions }, async (page, { errors }) => {
  await choose(page, "name");
  await fill(page, { user_name: fresh("x"), password });
  await page.locator("#submit").click();
  await page.getByText("No answer has arrived").waitFor();
  const said = errors.splice(0);
  assert.ok(said.length > 0 && said.every((error) => /blocked by CORS policy|ERR_FAILED/.test(error)) && said.some((error) => /No 'Access-Control-Allow-Origin'/.test(error)), said.join("\n"));
});

scene("a copy on another host logs in, and ends a session", { on: "elsewhere", site: copy(elsewhere), permissions }, async (page, { base }) => {
  await choose(page, "name");
  const name = fresh("x");
  await fill(page, { user_name: name, password });
  const { data } = await submit(page);
  await welcomed(page);
  await page.goto(`${host}/?again#sessions`);
  await logIn(page, { "login-user_name": name, "login-password": password });
  await answerTo(page, /^\/api\/user\/sessions\/.+/, () => page.locator("#session-list button").click());
  await page.waitForFunction(() => document.querySelectorAll("#session-list li").length === 1);
  assert.equal((await call(base, "/api/user/detail", undefined, data.token)).reason, "token_invalid");
});

scene("below a path of a proxy", { on: "pow", site: proxied }, async (page) => {
  await choose(page, "name");
  const name = fresh("x");
  await fill(page, { user_name: name, password });
  await submit(page);
  assert.ok((await welcomed(page)).includes(name));
  await page.reload();
  await logIn(page, { "login-user_name": name, "login-password": password });
  await arrived(page, "account", "My account");
  assert.match(page.url(), /\/id\/#account$/);
});
