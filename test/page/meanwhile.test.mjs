// What a person does while the page waits: each await of the page × each thing that
// can be done meanwhile. No captcha that may have been spent is sent again, no two attempts
// run at once, and the next right attempt registers.
import assert from "node:assert/strict";
import { choose, fill, hold, marked, reader, refusedAt, rested, sendCode, speakOther, submit, welcomed } from "./page.mjs";
import { codeOf, fresh, freshPhone, scene } from "./scene.mjs";

const password = "correct horse battery";
const common = "password123"; // the captcha may have been spent when it is refused
const unspent = "user_name_too_short"; // refused before the captcha is looked at

/** Watches the attempts. They must not overlap, nor share a captcha, unless the first was refused before it was spent. */
function watch(page) {
  const attempts = []; // since the last check; their answers can be read only until the page is left
  const spent = new Set();
  let running = 0;
  const errors = [];
  const attempt = (request) => request.method() === "POST";
  page.on("request", (request) => {
    if (!attempt(request)) return;
    attempts.push(request);
    if (++running > 1) errors.push("two attempts run at once");
  });
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => { if (attempt(request)) running--; });
  return async () => {
    for (const request of attempts.splice(0)) {
      const { captcha_id: id } = request.postDataJSON();
      if (id === undefined) continue;
      if (spent.has(id)) errors.push("a captcha is sent twice");
      const answer = await (await request.response())?.json();
      if (answer?.reason !== unspent) spent.add(id);
    }
    assert.deepEqual(errors, []);
  };
}

/** What a person can do at any time. */
const acts = {
  "types digits": async (page) => { if (await page.locator("#captcha").isVisible()) await fill(page, { captcha: "123456" }); },
  "presses Submit": (page) => page.locator("#submit").click({ force: true }),
  "presses Send": async (page) => { if (await page.locator("#send").isVisible()) await page.locator("#send").click({ force: true }); },
  "presses both": async (page) => {
    await acts["presses Send"](page);
    await acts["presses Submit"](page);
  },
  "wants another picture": async (page) => { if (await page.locator("#refresh").isVisible()) await page.locator("#refresh").click(); },
  "listens": async (page) => { if (await page.locator("#listen").isVisible()) await page.locator("#listen").click(); },
  "chooses the other method": async (page) => choose(page, await page.locator("#phone").isVisible() ? "name" : "phone"),
  "changes the language": speakOther,
  "edits a field": (page) => page.locator("#phone:visible, #user_name:visible").fill("13800138001"),
};

/** What the page can wait for, begun by a person. Each returns what releases it. */
const waits = {
  "the first challenge": async (page) => {
    const held = await hold(page, "**/api/captcha");
    await page.reload();
    await page.locator("#form").waitFor();
    return held;
  },
  "another picture": async (page) => {
    const held = await hold(page, "**/api/captcha");
    await page.locator("#refresh").click();
    return held;
  },
  "the sound": async (page) => {
    const held = await hold(page, "**/api/captcha/audio*");
    await page.locator("#listen").click();
    return held;
  },
  "the check of the browser": async (page) => {
    const held = await hold(page, "**/pow.js");
    await fill(page, { user_name: fresh("m"), password });
    await page.locator("#submit").click();
    return held;
  },
  "the code": async (page, read) => {
    await choose(page, "phone");
    await fill(page, { phone: freshPhone() });
    await read();
    const held = await hold(page, "**/api/verify/phone");
    await page.locator("#send").click();
    return held;
  },
  "the account": async (page, read) => {
    await fill(page, { user_name: fresh("m"), password });
    await read();
    const held = await hold(page, "**/api/register");
    await page.locator("#submit").click();
    return held;
  },
  "a refusal": async (page, read) => {
    await fill(page, { user_name: "a", password });
    await read();
    const held = await hold(page, "**/api/register");
    await page.locator("#submit").click();
    return held;
  },
  "the challenge after a refusal": async (page, read) => {
    await fill(page, { user_name: fresh("m"), password: common });
    await read();
    const held = await hold(page, "**/api/captcha");
    await submit(page);
    return held;
  },
};

const kinds = {
  image: Object.keys(waits).filter((wait) => wait !== "the check of the browser"),
  pow: Object.keys(waits).filter((wait) => !["another picture", "the sound"].includes(wait)),
};

for (const [kind, begun] of Object.entries(kinds)) {
  for (const wait of begun) {
    scene(`${kind}: while the page waits for ${wait}`, { on: kind, timeout: 300_000 }, async (page, { base }) => {
      const read = await reader(page);
      const check = watch(page);
      for (const [what, act] of Object.entries(acts)) {
        try {
          await page.goto(`${base}/`); // a reload of the welcome leads to a login
          await choose(page, "name");
          await rested(page);
          const { held, release } = await waits[wait](page, read);
          await held;
          await act(page);
          release();
          await finish(page, read);
          await check();
        } catch (error) {
          throw new Error(`a person ${what}: ${error.message}`, { cause: error });
        }
      }
    });
  }
}

/** The next attempt that is right registers, if the person is not registered already. */
async function finish(page, read) {
  await rested(page);
  if (await page.locator("[data-view=welcome]").isVisible()) return;
  await choose(page, "name");
  await fill(page, { user_name: fresh("m"), password });
  await read();
  const answer = await submit(page);
  assert.equal(answer.code, 0, JSON.stringify(answer));
  await welcomed(page);
}

scene("a refusal is shown at once, though the next captcha loads", { on: "image" }, async (page) => {
  const read = await reader(page);
  await page.reload();
  await choose(page, "name");
  await fill(page, { user_name: fresh("m"), password: common });
  await read();
  const { held, release } = await hold(page, "**/api/captcha");
  await refusedAt(page, "password", await submit(page), "password_common");
  await held;
  await page.locator("#submit[aria-disabled=false]").waitFor();
  await page.getByText("The next picture is loading").waitFor();
  release();
  await page.getByText("Each picture is good for one attempt").waitFor();
});

scene("digits that are typed while a picture loads are not left under it", { on: "image" }, async (page) => {
  const read = await reader(page);
  await page.reload();
  await choose(page, "name");
  await read();
  const { held, release } = await hold(page, "**/api/captcha");
  await page.locator("#refresh").click();
  await held;
  assert.equal(await page.locator("#picture").getAttribute("src"), null, "the spent picture is still shown");
  await fill(page, { captcha: "123456" });
  release();
  await page.locator("#picture[src]").waitFor();
  assert.equal(await page.locator("#captcha").inputValue(), "");
});

scene("the sound is that of the picture", { on: "image" }, async (page) => {
  const ids = [];
  const spoken = [];
  page.on("request", (request) => { if (request.url().includes("/api/captcha/audio")) spoken.push(new URL(request.url()).searchParams.get("captcha_id")); });
  page.on("response", async (response) => {
    if (new URL(response.url()).pathname === "/api/captcha") ids.push((await response.json().catch(() => undefined))?.data.captcha_id);
  });
  await page.reload();
  await page.locator("#picture[src]").waitFor();
  const { held, release } = await hold(page, "**/api/captcha/audio*");
  await page.locator("#listen").click();
  await held;
  const old = await page.locator("#picture").getAttribute("src");
  await page.locator("#refresh").click();
  await page.waitForFunction((src) => ![null, src].includes(document.getElementById("picture").getAttribute("src")), old);
  release();
  await rested(page);
  // The sound is asked for when its work is done.
  const asked = page.waitForRequest((request) => request.url().includes("/api/captcha/audio"));
  await page.locator("#listen").click();
  await asked;
  assert.deepEqual([spoken.length, spoken.at(-1)], [2, ids.at(-1)]);
});

scene("after Back the fields are those of the chosen method", {}, async (page, { base }) => {
  await choose(page, "phone");
  const phone = freshPhone();
  await fill(page, { phone });
  await page.goto(`${base}/docs/`);
  await page.goBack();
  await page.locator("#form").waitFor();
  const chosen = await page.locator("#form input[name=method]:checked").getAttribute("value");
  assert.equal(chosen, "phone", "the browser restores the choice");
  await page.locator("#phone").waitFor();
  assert.equal(await page.locator("#user_name").isVisible(), false);
  await fill(page, { phone });
  await sendCode(page);
  await fill(page, { code: await codeOf(phone) });
  await submit(page);
  assert.ok((await welcomed(page)).includes(phone));
});

scene("a picture that has not loaded is asked for, not left out", { on: "image" }, async (page) => {
  const { held, release } = await hold(page, "**/api/captcha");
  await page.reload();
  await choose(page, "name");
  await fill(page, { user_name: fresh("m"), password });
  await held;
  await page.locator("#submit").click();
  release();
  await marked(page, "captcha", "Please fill this in.");
});
