// People type and paste codes in the forms in which they see them.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { arrived, call, choose, fill, member, sendCode, submit, welcomed } from "./page.mjs";
import { codeOf, codeTo, fresh, freshPhone, scene, stage } from "./scene.mjs";

const inDigits = (zero) => (code) => [...code].map((digit) => String.fromCodePoint(zero.codePointAt(0) + Number(digit))).join("");

/** Each form of a code, by its name. */
const forms = {
  "Arabic digits": inDigits("٠"),
  "a blank": (code) => `${code.slice(0, 3)} ${code.slice(3)}`,
  "a hyphen": (code) => `${code.slice(0, 3)}-${code.slice(3)}`,
  "a no-break space": (code) => `${code.slice(0, 3)}\u00a0${code.slice(3)}`,
  "a mark of direction at the end": (code) => `${code}\u200f`,
  "the whole sentence": (code) => `Your code is ${code}.`,
  "full-width digits": inDigits("０"),
};

for (const [form, written] of Object.entries(forms)) {
  scene(`a code with ${form} registers, logs in and sets a new password`, {}, async (page, { base }) => {
    await choose(page, "phone");
    const phone = freshPhone();
    await fill(page, { phone });
    await sendCode(page);
    await page.locator("#code").pressSequentially(written(await codeOf(phone)));
    assert.equal((await submit(page)).code, 0);
    await welcomed(page);

    await stage("/plain/later?seconds=60", "POST");
    await page.goto("about:blank");
    await page.goto(`${base}/#login`);
    await arrived(page, "login", undefined, { focus: false }); // a first load moves no focus
    await page.locator("#login-form input[name=method][value=phone]").check({ force: true });
    await fill(page, { "login-phone": phone });
    await answerTo(page, "/api/verify/phone", () => page.locator("#login-send").click());
    await page.locator("#login-code").pressSequentially(written(await codeOf(phone)));
    assert.equal((await answerTo(page, "/api/login", () => page.locator("#login-submit").click())).code, 0);
    await arrived(page, "account");

    const user = await member(base, { password: "correct horse battery", email: `${fresh("c")}@example.com` });
    await call(base, "/api/verify/email", { email: user.email }, user.token);
    await call(base, "/api/verify/email/confirm", { code: await codeTo(user.email) }, user.token);
    await stage("/plain/later?seconds=60", "POST");
    await page.goto("about:blank");
    await page.goto(`${base}/#forgotten`);
    await page.locator("#forgotten-by-email").check({ force: true });
    await fill(page, { "forgotten-email": user.email });
    await answerTo(page, "/api/verify/email", () => page.locator("#forgotten-send").click());
    await page.locator("#forgotten-code").pressSequentially(written(await codeTo(user.email)));
    await fill(page, { "forgotten-password": "staple of another horse" });
    assert.equal((await answerTo(page, "/api/password/reset", () => page.locator("#forgotten-submit").click())).code, 0);
    await arrived(page, "login");
  });
}
