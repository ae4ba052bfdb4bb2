// The life of an account, as one person lives it on the pages.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { answerTo } from "./browser.mjs";
import { arrived, call, fill, logIn, member } from "./page.mjs";
import { codeOf, freshPhone, scene, stage } from "./scene.mjs";

const [forgotten, password] = ["correct horse battery", "staple of another horse"];

scene("a person forgets a password and gets back in, changes phone, ends a stranger's session, exports, and leaves", { path: "/#login" }, async (page, { base }) => {
  const click = (path, button) => answerTo(page, path, () => page.locator(button).click());
  const follow = async (view) => {
    await page.locator(`a[href='#${view}']:visible`).first().click();
    await arrived(page, view);
  };
  const user = await member(base, { password: forgotten, phone: true });
  await stage("/plain/later?seconds=60", "POST");

  await page.locator("#to-forgotten").click();
  await arrived(page, "forgotten", "Set a new password");
  await fill(page, { "forgotten-phone": user.phone });
  await click("/api/verify/phone", "#forgotten-send");
  await fill(page, { "forgotten-code": await codeOf(user.phone), "forgotten-password": password });
  assert.equal((await click("/api/password/reset", "#forgotten-submit")).code, 0);
  await arrived(page, "login", "Log in");
  await logIn(page, { "login-password": password });
  await arrived(page, "account", "My account");

  await follow("identifiers");
  await page.locator("#identifiers-form input[name=what][value=phone]").check({ force: true });
  const phone = freshPhone();
  await fill(page, { "identifiers-new-phone": phone });
  await click("/api/verify/phone", "#identifiers-new-send");
  await fill(page, { "identifiers-new-code": await codeOf(phone), "identifiers-old_password": password });
  assert.equal((await click("/api/user/detail", "#identifiers-submit")).data.phone, phone);
  await arrived(page, "account");

  const stranger = (await call(base, "/api/login", { user_name: user.user_name, password })).data;
  await follow("sessions");
  await page.locator("#session-list li").nth(1).waitFor();
  assert.equal(await page.locator("#session-list li").count(), 2);
  await answerTo(page, /^\/api\/user\/sessions\/.+/, () => page.locator("#session-list button").click());
  await page.waitForFunction(() => document.querySelectorAll("#session-list li").length === 1);
  assert.equal((await call(base, "/api/user/detail", undefined, stranger.token)).reason, "token_invalid");
  await follow("account");

  const saved = page.waitForEvent("download");
  const { data } = await click("/api/user/export", "#export");
  const file = await saved;
  assert.equal(file.suggestedFilename(), `account-${user.id}.json`);
  assert.deepEqual(JSON.parse(await readFile(await file.path(), "utf8")), data);
  assert.ok(JSON.stringify(data).includes(user.user_name));

  await follow("leave");
  await fill(page, { "leave-password": password });
  const { msg } = await click("/api/user/delete", "#leave-submit");
  await arrived(page, "login");
  assert.ok((await page.locator("#status").textContent()).startsWith(msg));
  assert.ok(!(await page.content()).includes(phone));
});
