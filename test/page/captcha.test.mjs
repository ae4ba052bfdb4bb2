// People register where captchas are asked for.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { choose, fill, fits, marked, reader, refusedAt, sendCode, submit, welcomed } from "./page.mjs";
import { accessible, codeOf, fresh, freshPhone, scene } from "./scene.mjs";

const password = "correct horse battery";
const narrow = { viewport: { width: 360, height: 740 } };

scene("a picture: refresh, sound, a wrong answer, a right one", { on: "image", ...narrow }, async (page) => {
  const read = await reader(page);
  await page.reload();
  await choose(page, "name");
  await page.locator("#picture").waitFor();
  const picture = () => page.locator("#picture").getAttribute("src");
  await fits(page);
  await accessible(page);

  const first = await picture();
  await answerTo(page, "/api/captcha", () => page.locator("#refresh").click());
  await page.waitForFunction((old) => document.getElementById("picture").src !== old, first);
  assert.equal(await page.evaluate(() => document.activeElement.id), "captcha");

  const spoken = await answerTo(page, "/api/captcha/audio", () => page.locator("#listen").click());
  assert.match(spoken.data.captcha_audio, /^data:audio\/wav;base64,/);

  const name = fresh("p");
  await fill(page, { user_name: name, password });
  const asked = [];
  // Only requests to the API count: the browser may fetch the icon at any time.
  page.on("request", (request) => { if (request.url().includes("/api/")) asked.push(request.url()); });
  await page.locator("#submit").click();
  await marked(page, "captcha", "Please fill this in.");
  assert.deepEqual(asked, [], "an attempt without an answer would spend the picture");

  const second = await picture();
  await fill(page, { captcha: "000000" });
  assert.equal((await submit(page)).reason, "captcha_wrong");
  await marked(page, "captcha", "Those digits were not right. Please type the digits of the new picture.");
  await page.locator("#picture[src]").waitFor();
  assert.notEqual(await picture(), second);
  assert.equal(await page.locator("#captcha").inputValue(), "");
  await accessible(page);

  await read();
  await submit(page);
  assert.ok((await welcomed(page)).includes(name));
});

scene("pictures for the code and for the registration", { on: "image", ...narrow }, async (page) => {
  const read = await reader(page);
  await page.reload();
  await choose(page, "phone");
  const phone = freshPhone();
  await fill(page, { phone });
  await page.locator("#send").click();
  await marked(page, "captcha", "Please fill this in.");
  await read();
  const sent = await sendCode(page);
  assert.equal(sent.code, 0);
  await page.getByText("There is a new picture").waitFor();
  await fits(page);
  await accessible(page);
  await read();
  await fill(page, { code: await codeOf(phone) });
  await submit(page);
  assert.ok((await welcomed(page)).includes(phone));
});

for (const [field, address, refused, reason] of [
  ["phone", freshPhone(), freshPhone(), "phone_not_mobile"],
  ["email", `${fresh("e")}@example.com`, `${fresh("e")}@example.com`, "email_invalid"],
]) {
  scene(`a picture is spent when the provider refuses the ${field}`, { on: "image" }, async (page) => {
    const read = await reader(page);
    await page.reload();
    await choose(page, field);
    const path = `/api/verify/${field}`;
    const send = () => answerTo(page, path, () => page.locator("#send").click());
    const at = field === "email" ? "register-email" : field;
    // The service spends the captcha and sends; the answer is the one to a refusal by the provider.
    await page.route(`**${path}`, async (route) => {
      await route.fetch();
      const error = { field, reason, msg: "Refused." };
      await route.fulfill({ status: 422, json: { code: -1, data: null, request_id: "r", reason, msg: error.msg, errors: [error] } });
    }, { times: 1 });
    await fill(page, { [at]: refused });
    await read();
    assert.equal((await send()).reason, reason);
    await fill(page, { [at]: address });
    await read();
    assert.equal((await send()).code, 0);
  });
}

scene("a picture that cannot be had is asked for again", { on: "image" }, async (page, { base }) => {
  let down = true;
  const read = await reader(page);
  await page.route("**/api/captcha", (route) => (down ? route.abort() : route.fallback()));
  await page.goto(`${base}/`);
  await choose(page, "name");
  await fill(page, { user_name: fresh("p"), password });
  down = false;
  await page.locator("#submit").click();
  await marked(page, "captcha", "Please fill this in.");
  await read();
  await submit(page);
  await welcomed(page);
});

scene("a proof of work, by name", { on: "pow", ...narrow }, async (page) => {
  await choose(page, "name");
  assert.equal(await page.locator("#captcha-image").isVisible(), false);
  const worker = page.waitForEvent("worker");
  await fill(page, { user_name: "a", password });
  assert.match((await worker).url(), /\/pow\.js$/);
  await page.getByText("Your browser has been checked.").waitFor();
  await accessible(page);
  await refusedAt(page, "user_name", await submit(page), "user_name_too_short");
  const name = fresh("w");
  await fill(page, { user_name: name });
  await submit(page);
  assert.ok((await welcomed(page)).includes(name));
});

scene("a proof of work, by phone, in Chinese", { on: "pow", locale: "zh-CN" }, async (page) => {
  await choose(page, "phone");
  const phone = freshPhone();
  await fill(page, { phone });
  assert.equal((await sendCode(page)).code, 0);
  await fill(page, { code: await codeOf(phone) });
  await page.getByText("浏览器检查通过。").waitFor();
  await submit(page);
  assert.ok((await welcomed(page)).includes(phone));
});

scene("a picture and a proof of work", { on: "both", ...narrow }, async (page) => {
  const read = await reader(page);
  await page.reload();
  await choose(page, "name");
  const name = fresh("b");
  await fill(page, { user_name: name, password });
  await page.locator("#submit").click();
  await marked(page, "captcha", "Please fill this in.");
  await page.getByText("Your browser has been checked.").waitFor();
  await fits(page);
  await accessible(page);
  await fill(page, { captcha: "000000" });
  assert.equal((await submit(page)).reason, "captcha_wrong");
  await marked(page, "captcha", "Those digits were not right. Please type the digits of the new picture.");
  const spoken = await answerTo(page, "/api/captcha/audio", () => page.locator("#listen").click());
  assert.match(spoken.data.captcha_audio, /^data:audio\/wav;base64,/);
  await read();
  await submit(page);
  assert.ok((await welcomed(page)).includes(name));
});

scene("a worker that fails leaves the word to the service", { on: "pow" }, async (page, { errors }) => {
  await page.route("**/pow.js", (route) => route.fulfill({ contentType: "text/javascript", body: "onmessage = () => { setTimeout(() => { throw 1 }) }" }));
  await choose(page, "name");
  await fill(page, { user_name: fresh("w"), password });
  await page.getByText("The check of your browser did not work").waitFor();
  const answer = await submit(page);
  assert.equal(answer.reason, "captcha_required");
  await page.getByText("Your browser has to be checked again").waitFor();
  await page.getByText("The check of your browser did not work").waitFor(); // the next one fails as well
  assert.deepEqual([...new Set(errors.splice(0))], ["uncaught: 1"]);
});

/** Counts the challenges that the page asks for. */
function challenges(page) {
  let count = 0;
  page.on("request", (request) => { if (new URL(request.url()).pathname === "/api/captcha") count++; });
  return () => count;
}

for (const kind of ["image", "pow", "both"]) {
  scene(`${kind}: a captcha that was not spent is kept`, { on: kind }, async (page) => {
    const read = await reader(page);
    const count = challenges(page);
    await page.reload();
    await choose(page, "name");
    await fill(page, { user_name: "a", password });
    await read();
    const picture = await page.locator("#picture").getAttribute("src");
    const typed = await page.locator("#captcha").inputValue();
    await refusedAt(page, "user_name", await submit(page), "user_name_too_short");
    await fill(page, { user_name: fresh("k"), password: "short" });
    await refusedAt(page, "password", await submit(page), "password_too_short");
    await choose(page, "phone");
    await fill(page, { phone: "123" });
    await refusedAt(page, "phone", await sendCode(page), "phone_invalid");
    assert.equal(await page.locator("#picture").getAttribute("src"), picture);
    assert.equal(await page.locator("#captcha").inputValue(), typed);
    await choose(page, "name");
    await fill(page, { password });
    await submit(page);
    await welcomed(page);
    assert.equal(count(), 1);
  });
}

scene("a picture that runs out is replaced by itself", { on: "image" }, async (page) => {
  await page.clock.install();
  const count = challenges(page);
  await page.reload();
  await choose(page, "name");
  await page.locator("#picture[src]").waitFor();
  const picture = () => page.locator("#picture").getAttribute("src");
  const name = fresh("o");
  await fill(page, { user_name: name });
  const first = await picture();

  // A picture that is still valid is not replaced while its digits are typed.
  await fill(page, { captcha: "12" });
  await page.clock.fastForward(4 * 60_000 + 10_000);
  assert.deepEqual([await picture(), await page.locator("#captcha").inputValue(), count()], [first, "12", 1]);

  // Once the field is empty, the picture is replaced, and nothing else changes.
  await fill(page, { captcha: "", user_name: name });
  await page.clock.fastForward(10_000);
  await page.waitForFunction((old) => ![null, old].includes(document.getElementById("picture").getAttribute("src")), first);
  assert.equal(await page.locator("#user_name").inputValue(), name);
  assert.equal(await page.evaluate(() => document.activeElement.id), "user_name");

  // An expired picture is replaced although its digits are typed, and they are removed.
  const second = await picture();
  await fill(page, { captcha: "123456" });
  await page.clock.fastForward(5 * 60_000 + 10_000);
  await page.waitForFunction((old) => ![null, old].includes(document.getElementById("picture").getAttribute("src")), second);
  assert.deepEqual([await page.locator("#captcha").inputValue(), count()], ["", 3]);
});

scene("no picture is replaced while an attempt is at work", { on: "image" }, async (page) => {
  await page.clock.install();
  const read = await reader(page);
  const count = challenges(page);
  await page.reload();
  await choose(page, "name");
  await fill(page, { user_name: fresh("o"), password });
  await read();
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await page.route("**/api/register", async (route) => { await released; await route.continue(); });
  await page.locator("#submit").click();
  await page.locator("#submit[aria-busy=true]").waitFor();
  // fastForward would also fire the client's own time limit, so the clock is set instead.
  await page.clock.setSystemTime(await page.evaluate(() => Date.now() + 6 * 60_000));
  await page.clock.runFor(6000);
  assert.equal(count(), 1);
  release();
  await welcomed(page);
});
