// People that have forgotten their password log in again, and people change or delete their
// accounts.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { answerTo } from "./browser.mjs";
import { arrived, call, fill, fits, logIn, marked, member, reader, refusedAt, without } from "./page.mjs";
import { accessible, codeOf, codeTo, fresh, scene, stage } from "./scene.mjs";

const password = "correct horse battery";
const another = "staple of another horse";
const narrow = { viewport: { width: 360, height: 740 } };

/** Registers with a user name and an email, and verifies the email. */
async function verified(base) {
  const user = await member(base, { password, email: `${fresh("e")}@example.com` });
  await call(base, "/api/verify/email", { email: user.email }, user.token);
  const answer = await call(base, "/api/verify/email/confirm", { code: await codeTo(user.email) }, user.token);
  assert.equal(answer.code, 0, JSON.stringify(answer));
  await stage("/plain/later?seconds=60", "POST");
  return user;
}

function reset(page) {
  return answerTo(page, "/api/password/reset", () => page.locator("#forgotten-submit").click());
}

for (const [locale, title, login] of [["en-US", "Set a new password", "Log in"], ["zh-CN", "重置密码", "登录"]]) {
  scene(`a forgotten password, by email: ${locale}`, { path: "/#login", locale, ...narrow }, async (page, { base }) => {
    const user = await verified(base);
    await page.locator("#to-forgotten").click();
    await arrived(page, "forgotten", title);
    await page.locator("#forgotten-by-email").check({ force: true });
    await fits(page);
    await accessible(page);
    await fill(page, { "forgotten-email": user.email });
    const sent = await answerTo(page, "/api/verify/email", () => page.locator("#forgotten-send").click());
    assert.equal(await page.locator("#forgotten-code-hint").textContent(), sent.msg);
    assert.equal(await page.evaluate(() => document.activeElement.id), "forgotten-code");
    const code = await codeTo(user.email);
    // Each refusal is shown at its field, and the code stays valid.
    await fill(page, { "forgotten-code": code === "000000" ? "000001" : "000000", "forgotten-password": another });
    await refusedAt(page, "forgotten-code", await reset(page), "code_wrong", "code");
    await fill(page, { "forgotten-code": code, "forgotten-password": "short" });
    await refusedAt(page, "forgotten-password", await reset(page), "password_too_short", "password");
    await accessible(page);
    await fill(page, { "forgotten-password": another });
    const done = await reset(page);
    await arrived(page, "login", login);
    assert.equal(await page.locator("#status").textContent(), done.msg);
    assert.equal(await page.locator("#login-user_name").inputValue(), user.user_name);
    assert.equal(await page.locator("#forgotten-password").inputValue(), "");
    await logIn(page, { "login-password": another });
    await arrived(page, "account");
    assert.equal((await call(base, "/api/user/detail", undefined, user.token)).reason, "token_invalid");
  });
}

scene("a forgotten password, by phone and with pictures", { on: "image", path: "/#forgotten", ...narrow }, async (page, { base }) => {
  const read = await reader(page);
  await page.reload();
  await page.locator("#forgotten-form #picture[src]").waitFor();
  await page.goto(`${base}/#register`);
  await page.locator("input[name=method][value=phone]:visible").check({ force: true });
  // A person that registers here and has no password yet.
  const phone = "13800138023";
  await fill(page, { phone });
  await read();
  await answerTo(page, "/api/verify/phone", () => page.locator("#send").click());
  await read();
  await fill(page, { code: await codeOf(phone) });
  await answerTo(page, "/api/register", () => page.locator("#submit").click());
  await arrived(page, "welcome");
  await stage("/image/later?seconds=60", "POST");
  await page.goto("about:blank");
  await page.goto(`${base}/#forgotten`);
  await fill(page, { "forgotten-phone": phone });
  await page.locator("#forgotten-send").click();
  await marked(page, "captcha", "Please fill this in.");
  await read();
  assert.equal((await answerTo(page, "/api/verify/phone", () => page.locator("#forgotten-send").click())).code, 0);
  await page.getByText("There is a new picture").waitFor();
  await fill(page, { "forgotten-code": await codeOf(phone), "forgotten-password": "short" });
  await read();
  await refusedAt(page, "forgotten-password", await reset(page), "password_too_short", "password");
  const typed = await page.locator("#captcha").inputValue();
  assert.match(typed, /^\d{6}$/, "a picture that was not spent is kept");
  await fill(page, { "forgotten-password": another });
  assert.equal((await reset(page)).code, 0);
  await arrived(page, "login");
});

scene("the way to a new password is offered where codes can be sent", {}, async (page, { base }) => {
  await page.goto(`${await without(page, base, "phone")}#forgotten`);
  await page.locator("#forgotten-email").waitFor();
  assert.equal(await page.locator("#forgotten-methods").isVisible(), false);
  const nothing = await without(page, base, "phone", "email");
  await page.goto(`${nothing}#forgotten`);
  await page.locator("#no-recovery").waitFor();
  assert.equal(await page.locator("#forgotten-form").isVisible(), false);
  await accessible(page);
  await page.goto(`${nothing}#login`);
  await arrived(page, "login", "Log in");
  assert.equal(await page.locator("#to-forgotten").isVisible(), false);
});

scene("changes the password", { path: "/#password-change", ...narrow }, async (page, { base }) => {
  const { user_name: name, token } = await member(base, { password });
  await logIn(page, { "login-user_name": name, "login-password": password });
  await arrived(page, "password-change", "Change your password");
  await fits(page);
  await accessible(page);
  const change = () => answerTo(page, "/api/user/password", () => page.locator("#change-submit").click());
  await page.locator("#change-submit").click();
  await marked(page, "change-old_password", "Please fill this in.");
  await fill(page, { "change-old_password": "no horse at all", "change-password": another });
  await refusedAt(page, "change-old_password", await change(), "credentials_wrong", "old_password");
  await accessible(page);
  await fill(page, { "change-old_password": password, "change-password": "password123" });
  await refusedAt(page, "change-password", await change(), "password_common", "password");
  await fill(page, { "change-password": another });
  const done = await change();
  await arrived(page, "account", "My account");
  assert.equal(await page.locator("#status").textContent(), done.msg);
  // The page continues with the new token. All other sessions have ended.
  await page.locator("a[href='#sessions']").click();
  await page.locator("#session-list em").waitFor();
  assert.equal(await page.locator("#session-list li").count(), 1);
  assert.equal((await call(base, "/api/user/detail", undefined, token)).reason, "token_invalid");
});

scene("changes the password by a code", { path: "/#password-change", ...narrow }, async (page, { base }) => {
  const user = await verified(base);
  await logIn(page, { "login-user_name": user.user_name, "login-password": password });
  await arrived(page, "password-change");
  assert.equal(await page.locator("#change-methods input[value=phone]").isVisible(), false, "there is no phone");
  await page.locator("#change-methods input[value=email]").check({ force: true });
  assert.equal(await page.locator("#change-email").inputValue(), user.email);
  await fits(page);
  await accessible(page);
  await answerTo(page, "/api/verify/email", () => page.locator("#change-send").click());
  const code = await codeTo(user.email);
  const change = () => answerTo(page, "/api/user/password", () => page.locator("#change-submit").click());
  await fill(page, { "change-code": code === "000000" ? "000001" : "000000", "change-password": another });
  await refusedAt(page, "change-code", await change(), "code_wrong", "code");
  await fill(page, { "change-code": code });
  assert.equal((await change()).code, 0);
  await arrived(page, "account");
});

scene("changes the profile and the picture", { path: "/#profile", ...narrow }, async (page, { base }) => {
  const { user_name: name } = await member(base, { password });
  await logIn(page, { "login-user_name": name, "login-password": password });
  await arrived(page, "profile", "Profile");
  await fits(page);
  await accessible(page);
  const save = () => answerTo(page, "/api/user/detail", () => page.locator("#profile-submit").click());
  const upload = () => answerTo(page, "/api/user/avatar", () => page.locator("#avatar-submit").click());
  await fill(page, { real_name: "A‮da", introduce: "Hello", birthday: "2100-01-01" });
  const refusal = await save();
  assert.deepEqual(refusal.errors.map(({ field }) => field).sort(), ["birthday", "real_name"]);
  for (const { field, msg } of refusal.errors) assert.equal(await page.locator(`#${field}-error`).textContent(), msg);
  assert.equal(await page.evaluate(() => document.activeElement.id), "real_name");
  await fill(page, { real_name: "Ada Lovelace", birthday: "1815-12-10" });
  assert.equal((await save()).reason, "invalid_request"); // before 1900
  await fill(page, { birthday: "1985-12-10" });
  const done = await save();
  assert.equal(await page.locator("#profile-done").textContent(), done.msg);
  assert.equal(done.data.birthday, Date.UTC(1985, 11, 10) / 1000);

  await page.locator("#avatar-submit").click();
  await marked(page, "avatar", "Please choose a picture.");
  await page.locator("#avatar").setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await refusedAt(page, "avatar", await upload(), "avatar_invalid", "file");
  await page.locator("#avatar").setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.alloc(2 << 20) });
  await page.locator("#avatar-submit").click();
  await marked(page, "avatar", "This picture has more than 1 MiB. Please choose a smaller one.");
  await page.locator("#avatar").setInputFiles({
    name: "ada.jpg", mimeType: "image/jpeg", buffer: await readFile(`${import.meta.dirname}/../../internal/avatar/testdata/flat-progressive.jpg`),
  });
  let uploaded = await upload();
  // A machine under load decodes few pictures at a time: then the button counts down, and the test presses it again.
  while (uploaded.reason === "busy") {
    await page.locator("#avatar-submit[aria-disabled=false]").waitFor();
    uploaded = await upload();
  }
  assert.equal(uploaded.code, 0, JSON.stringify(uploaded));
  await page.waitForFunction(() => document.querySelector("#profile-face img")?.naturalWidth === 256);
  await accessible(page);
  await page.locator("[data-view=profile] .ways a").click();
  await arrived(page, "account");
  assert.equal(await page.locator("#account-name").textContent(), "Ada Lovelace");
  await page.waitForFunction(() => document.querySelector("#account-face img")?.naturalWidth === 256);
  await page.goBack();
  await arrived(page, "profile");
  assert.equal(await page.locator("#birthday").inputValue(), "1985-12-10");
  await answerTo(page, "/api/user/detail", () => page.locator("#avatar-remove").click());
  await page.locator("#profile-face", { hasText: "A" }).waitFor();
  await fill(page, { real_name: "", introduce: "", birthday: "" });
  const { data } = await save();
  assert.deepEqual([data.real_name, data.introduce, data.birthday, data.avatar_url], ["", "", 0, ""]);
  await fits(page);
});

for (const [locale, title, account, warning] of [["en-US", "Email", "My account", /nobody can give/], ["zh-CN", "邮箱", "我的账号", /无法找回/]]) {
  scene(`verifies the email, so that the account can be recovered: ${locale}`, { path: "/", locale, ...narrow }, async (page, { base }) => {
    await page.locator("#form").waitFor();
    const email = `${fresh("v")}@example.com`;
    await fill(page, { user_name: fresh("v"), password, email });
    const { data } = await answerTo(page, "/api/register", () => page.locator("#submit").click());
    await arrived(page, "welcome");
    assert.match(await page.locator("#no-way-back").textContent(), warning);
    await page.locator("[data-view=welcome] a").click();
    await arrived(page, "account", account);
    assert.equal(await page.locator("#account-no-way-back").isVisible(), true);
    await accessible(page);
    await page.locator("#to-email a").click();
    await arrived(page, "email-verify", title);
    assert.equal(await page.locator("#email-address").inputValue(), email);
    await fits(page);
    await accessible(page);
    await answerTo(page, "/api/verify/email", () => page.locator("#email-send").click());
    const code = await codeTo(email);
    const confirm = () => answerTo(page, "/api/verify/email/confirm", () => page.locator("#email-submit").click());
    await fill(page, { "email-code": code === "000000" ? "000001" : "000000" });
    await refusedAt(page, "email-code", await confirm(), "code_wrong", "code");
    await fill(page, { "email-code": code });
    const done = await confirm();
    await arrived(page, "account", account);
    assert.equal(await page.locator("#status").textContent(), done.msg);
    assert.equal(await page.locator("#account-no-way-back").isVisible(), false);
    assert.equal((await call(base, "/api/user/detail", undefined, data.token)).data.email_verified, true);
  });
}

for (const [locale, title, login] of [["en-US", "Delete your account", "Log in"], ["zh-CN", "注销账号", "登录"]]) {
  scene(`deletes the account, and keeps it by a login: ${locale}`, { path: "/#leave", locale, ...narrow }, async (page, { base }) => {
    const { user_name: name, token } = await member(base, { password });
    await logIn(page, { "login-user_name": name, "login-password": password });
    await arrived(page, "leave", title);
    await fits(page);
    await accessible(page);
    const leave = () => answerTo(page, "/api/user/delete", () => page.locator("#leave-submit").click());
    await fill(page, { "leave-password": another });
    await refusedAt(page, "leave-password", await leave(), "credentials_wrong", "password");
    await fill(page, { "leave-password": password });
    const { msg } = await leave();
    await arrived(page, "login", login);
    assert.ok((await page.locator("#status").textContent()).startsWith(msg));
    assert.ok(!(await page.content()).includes(name));
    assert.equal((await call(base, "/api/user/detail", undefined, token)).reason, "token_invalid");
    const { data } = await logIn(page, { "login-user_name": name, "login-password": password });
    assert.equal(data.deletion_canceled, true);
    await arrived(page, "account");
    assert.notEqual(await page.locator("#status").textContent(), "");
  });
}
