// A test in a real browser on a stage, and what every page must keep to in it.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { launch } from "./browser.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const deployments = JSON.parse(process.env.STAGE_DEPLOYMENTS);

/** Where failed scenes leave their picture; git ignores it. */
const failures = `${import.meta.dirname}/failures`;

let browser;
after(() => browser?.close());

/**
 * A test in a fresh browser, on the page of a deployment. It fails if the page
 * breaks its policy, reports an error, or calls another host. Options are those of
 * a Playwright context, and `on` (a deployment), `path`, and `site`: a function that
 * gets the deployment's address, serves a page on another host, and returns that host's address.
 */
export function scene(name, { on = "plain", path = "/", site, timeout = 180_000, ...options }, play) {
  test(name, { timeout }, async (t) => {
    const context = await (browser ??= await launch()).newContext({ locale: "en-US", ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000); // only for what never comes
    const host = site ? await site(page, deployments[on]) : deployments[on];
    const errors = watch(page, deployments[on], host);
    try {
      await page.goto(host + path);
      await play(page, { base: deployments[on], t, errors });
      assert.deepEqual(errors, []);
    } catch (error) {
      await mkdir(failures, { recursive: true });
      const file = `${failures}/${name.replaceAll(/\W+/g, "-")}.png`;
      await page.screenshot({ path: file, fullPage: true }).catch(() => undefined);
      error.message += `\n${errors.join("\n")}\nseen: ${file}`;
      throw error;
    } finally {
      // A request that is held in a route ends with the page.
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
    }
  });
}

function watch(page, base, host) {
  const errors = [];
  page.on("pageerror", (error) => errors.push(`uncaught: ${error}`));
  page.on("console", (message) => {
    // The browser logs each answer with status 400 or above as an error. The tests cause such answers on purpose.
    const refusal = message.text().startsWith("Failed to load resource") && message.location().url.startsWith(`${base}/api/`);
    if (["error", "warning"].includes(message.type()) && !refusal) errors.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (![base, host].some((known) => request.url().startsWith(`${known}/`)) && !/^(data|blob):/.test(request.url())) errors.push(`asks ${request.url()}`);
  });
  return errors;
}

/** Fails if the page as it is shown breaks WCAG 2.2 AA, or what axe calls best practice. */
export async function accessible(page) {
  // Not addScriptTag: the page's policy forbids it.
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => window.axe.run());
  assert.ok(passes.length > 10, "axe has looked at nothing");
  assert.deepEqual(violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.target).join(", ")}`), []);
}

/** A text that no other run has. */
export function fresh(prefix) {
  return `${prefix}${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
}

/** A mobile number that no other run has. */
export function freshPhone() {
  return `138${Array.from({ length: 8 }, () => 1 + Math.floor(Math.random() * 9)).join("")}`;
}

/** What only a test may know of the stage. */
export async function stage(path, method = "GET") {
  const answer = await fetch(process.env.STAGE_URL + path, { method });
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer.json();
}

/** The code that was sent to a phone. */
export async function codeOf(phone) {
  return (await stage(`/code?phone=${encodeURIComponent(`+86${phone}`)}`)).code;
}

/** The code that was sent to an email. */
export async function codeTo(email) {
  return (await stage(`/code?email=${encodeURIComponent(email)}`)).code;
}
