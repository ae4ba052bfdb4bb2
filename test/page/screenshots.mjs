// Takes the documents' pictures of the pages and of Swagger UI.
import { mkdir, stat } from "node:fs/promises";
import { launch } from "./browser.mjs";
import { choose, fill, sendCode, submit } from "./page.mjs";

const folder = `${import.meta.dirname}/../../docs/images`;
const { plain, image } = JSON.parse(process.env.STAGE_DEPLOYMENTS);
const browser = await launch();
await mkdir(folder, { recursive: true });

async function picture(name, url, options, act) {
  const context = await browser.newContext({ viewport: { width: 560, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto(url);
  const clip = await act(page);
  const path = `${folder}/${name}.png`;
  await page.screenshot({ path, ...(clip ? { clip } : { fullPage: true }) });
  await context.close();
  const { size } = await stat(path);
  console.log(`${name}.png ${size} bytes`);
  if (size > 100_000) throw new Error(`${name}.png has more than 100 KB`);
}

const filled = { user_name: "ada.lovelace", password: "correct horse battery" };
const narrow = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2 };

await picture("signup", `${image}/?lang=en`, {}, async (page) => {
  await choose(page, "name");
  await page.locator("#picture[src]").waitFor();
  await fill(page, filled);
  await page.locator("h1:visible").click();
});
await picture("signup-refusal", `${plain}/?lang=en`, {}, async (page) => {
  await fetch(`${plain}/api/register`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(filled) });
  await choose(page, "name");
  await fill(page, { ...filled, email: "ada@" });
  await submit(page);
  await fill(page, { email: "" });
  await submit(page);
  await page.locator("#user_name-error").waitFor();
});
await picture("signup-dark", `${plain}/?lang=zh-CN`, { colorScheme: "dark" }, async (page) => {
  await choose(page, "name");
  await fill(page, { user_name: "张伟", password: "correct horse" });
  await page.locator("h1:visible").click();
});
await picture("signup-phone", `${plain}/?lang=zh-CN`, narrow, async (page) => {
  await choose(page, "phone");
  await fill(page, { phone: "138 0013 8000" });
  await sendCode(page);
  await page.locator("#send[aria-disabled=true]").waitFor();
});
await picture("account", `${plain}/?lang=en#login`, {}, async (page) => {
  // The registration of signup-refusal.
  await fill(page, { "login-user_name": filled.user_name, "login-password": filled.password });
  await page.locator("#login-submit").click();
  await page.locator("#account-facts dd").first().waitFor();
});
await picture("sessions", `${plain}/?lang=en#sessions`, {}, async (page) => {
  await fill(page, { "login-user_name": filled.user_name, "login-password": filled.password });
  await page.locator("#login-submit").click();
  await page.locator("#session-list li").nth(2).waitFor();
});
await picture("swagger-ui", `${plain}/docs/`, { viewport: { width: 960, height: 660 } }, async (page) => {
  const list = page.locator(".scheme-container");
  await page.locator('.opblock[id$="-getUserDetail"]').waitFor();
  await list.evaluate((element) => element.scrollIntoView());
  const { y } = await list.boundingBox();
  return { x: 0, y: Math.max(0, y), width: 960, height: 660 };
});
await browser.close();
