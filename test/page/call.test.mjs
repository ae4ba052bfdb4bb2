// A call that speaks the code, for a person to whom the SMS did not come.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { choose, fill, sendCode, speak, submit, welcomed } from "./page.mjs";
import { codeOf, freshPhone, scene, stage } from "./scene.mjs";

scene("a person to whom no SMS came has a call, and registers with its code", {}, async (page) => {
  await page.clock.install();
  await choose(page, "phone");
  const phone = freshPhone(), button = page.locator("#call");
  await fill(page, { phone });
  // There is nothing to press before an SMS, not even for the keyboard.
  assert.equal(await button.isVisible(), false);
  await sendCode(page);
  const first = await codeOf(phone);
  await button.waitFor();
  // It waits with the button that sends, and says so.
  assert.match(await button.textContent(), /^Call in \d+ s$/);
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  await stage("/plain/later?seconds=60", "POST");
  await page.clock.runFor(61_000);
  assert.equal(await button.textContent(), "Call me instead");
  await speak(page, "ar");
  assert.equal(await button.textContent(), "الاتصال بي بدلًا من ذلك");
  await speak(page, "en");
  const answer = await answerTo(page, "/api/verify/phone", () => button.press("Enter"));
  assert.equal(answer.code, 0);
  assert.equal(await page.locator("#code-hint").textContent(), "Your phone will ring in a moment. The call reads out a new code.");
  assert.match(await button.textContent(), /^Call in \d+ s$/);
  assert.match(await page.locator("#send").textContent(), /^Send in \d+ s$/);
  assert.equal(await page.evaluate(() => document.activeElement.id), "code");
  const second = await codeOf(phone);
  assert.notEqual(second, first);
  await fill(page, { code: second });
  assert.equal((await submit(page)).code, 0);
  await welcomed(page);
});

scene("a call is offered for the phone that got an SMS, and for no other", {}, async (page) => {
  await choose(page, "phone");
  await fill(page, { phone: freshPhone() });
  await sendCode(page);
  await page.locator("#call").waitFor();
  await fill(page, { phone: freshPhone() });
  await page.locator("#call").waitFor({ state: "hidden" });
  await sendCode(page);
  await page.locator("#call").waitFor();
  await choose(page, "email");
  await page.locator("#call").waitFor({ state: "hidden" });
});
