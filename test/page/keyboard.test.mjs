// The life of an account, lived without a mouse: nothing here clicks, fills or focuses an element.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { answerTo } from "./browser.mjs";
import { arrived, call, tabTo, welcomed } from "./page.mjs";
import { codeTo, fresh, scene, stage } from "./scene.mjs";

const [forgotten, password, last] = ["correct horse battery", "staple of another horse", "a horse for the third time"];

/** A person with a keyboard and no mouse. */
function keyboard(page) {
  const press = (key) => page.keyboard.press(key);
  const type = (text) => page.keyboard.type(text);
  const at = (selector) => tabTo(page, selector);
  return {
    at, press, type,
    /** Types into the fields by their ids, in the order of the page. */
    async fill(values) {
      for (const [id, value] of Object.entries(values)) {
        await at(`#${id}`);
        await type(value);
      }
    },
    /** Chooses the radio button with a value. Tab stops at the chosen one of a group, and the arrows choose another. */
    async choose(form, name, value) {
      await at(`#${form} input[name=${name}]`);
      for (let step = 0; step < 3 && await page.evaluate(() => document.activeElement.value) !== value; step++) await press("ArrowRight");
      assert.equal(await page.evaluate(() => document.activeElement.value), value);
    },
    /** Presses a button, and returns what the service answers at a path. */
    async push(selector, path, key = "Space") {
      await at(selector);
      return answerTo(page, path, () => press(key));
    },
    /** Follows the link to a view. */
    async follow(view) {
      await at(`a[href='#${view}']`);
      await press("Enter");
      await arrived(page, view);
    },
  };
}

scene("registers, verifies the email, forgets the password and gets back in with the keyboard alone", { on: "terms", viewport: { width: 360, height: 740 } }, async (page) => {
  const { at, press, type, fill, choose, push, follow } = keyboard(page);
  await page.locator("#form").waitFor();
  const [name, email] = [fresh("k"), `${fresh("k")}@example.com`];
  await fill({ user_name: name, password: forgotten, email });
  await at("#register-accepted_terms");
  await press("Space");
  await push("#submit", "/api/register");
  assert.ok((await welcomed(page)).includes(name));

  await follow("account");
  await follow("email-verify");
  await push("#email-send", "/api/verify/email");
  await type(await codeTo(email)); // the code's field has the focus
  assert.equal((await answerTo(page, "/api/verify/email/confirm", () => press("Enter"))).code, 0);
  await arrived(page, "account");
  await push("#logout", "/api/logout", "Enter");
  await arrived(page, "login");

  await stage("/terms/later?seconds=60", "POST");
  await follow("forgotten");
  await choose("forgotten-form", "method", "email");
  await fill({ "forgotten-email": email });
  await push("#forgotten-send", "/api/verify/email");
  await type(await codeTo(email));
  await fill({ "forgotten-password": password });
  assert.equal((await answerTo(page, "/api/password/reset", () => press("Enter"))).code, 0);
  await arrived(page, "login");
  await fill({ "login-password": password }); // the page has filled in the name
  assert.equal((await answerTo(page, "/api/login", () => press("Enter"))).data.user_name, name);
  await arrived(page, "account");
});

scene("changes name, profile and password, ends a session, exports, deletes and takes back with the keyboard alone", { path: "/#login" }, async (page, { base }) => {
  const { at, press, fill, choose, push, follow } = keyboard(page);
  const first = fresh("k");
  const registered = await call(base, "/api/register", { user_name: first, password });
  const logIn = async (name, secret) => {
    await fill({ "login-user_name": name, "login-password": secret });
    return answerTo(page, "/api/login", () => press("Enter"));
  };
  await page.locator("#login-form").waitFor();
  await logIn(first, password);
  await arrived(page, "account");

  await follow("identifiers");
  const name = fresh("k");
  await choose("identifiers-form", "what", "user_name");
  await fill({ "identifiers-new-user_name": name, "identifiers-old_password": password });
  assert.equal((await answerTo(page, "/api/user/detail", () => press("Enter"))).data.user_name, name);
  await arrived(page, "account");

  await follow("profile");
  await at("#avatar");
  const chooser = page.waitForEvent("filechooser");
  await press("Enter");
  await (await chooser).setFiles({
    name: "ada.jpg", mimeType: "image/jpeg", buffer: await readFile(`${import.meta.dirname}/../../internal/avatar/testdata/flat-progressive.jpg`),
  });
  let uploaded = await push("#avatar-submit", "/api/user/avatar");
  // A machine under load decodes few pictures at a time: then the button counts down, and the test presses it again.
  while (uploaded.reason === "busy") {
    await page.locator("#avatar-submit[aria-disabled=false]").waitFor();
    uploaded = await push("#avatar-submit", "/api/user/avatar");
  }
  assert.equal(uploaded.code, 0, JSON.stringify(uploaded));
  // The arrows and digits of a date field follow the language of the browser: en-US types month, day, year.
  await fill({ real_name: "Ada Lovelace", introduce: "Hello", birthday: "12101985" });
  const { data } = await push("#profile-submit", "/api/user/detail", "Enter");
  assert.deepEqual([data.real_name, data.introduce, data.birthday], ["Ada Lovelace", "Hello", Date.UTC(1985, 11, 10) / 1000]);
  await follow("account");

  await follow("sessions");
  await page.locator("#session-list li").nth(1).waitFor();
  await push("#session-list button", /^\/api\/user\/sessions\/.+/);
  await page.waitForFunction(() => document.querySelectorAll("#session-list li").length === 1);
  assert.equal(await page.evaluate(() => document.activeElement.id), "title", "the focus went with the button");
  assert.equal((await call(base, "/api/user/detail", undefined, registered.data.token)).reason, "token_invalid");
  await follow("account");

  await follow("password-change");
  await fill({ "change-old_password": password, "change-password": last });
  assert.equal((await answerTo(page, "/api/user/password", () => press("Enter"))).code, 0);
  await arrived(page, "account");

  const saved = page.waitForEvent("download");
  await push("#export", "/api/user/export");
  assert.ok((await readFile(await (await saved).path(), "utf8")).includes(name));

  await follow("leave");
  await fill({ "leave-password": last });
  assert.equal((await answerTo(page, "/api/user/delete", () => press("Enter"))).code, 0);
  await arrived(page, "login");
  assert.equal((await logIn(name, last)).data.deletion_canceled, true);
  await arrived(page, "account");
  assert.notEqual(await page.locator("#status").textContent(), "");
});
