// People change their user name, phone and email, and leave by a code. Each shows that it is the holder.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { arrived, call, fill, fits, logIn, marked, member, reader, refusedAt, rested, tabTo, without } from "./page.mjs";
import { accessible, codeOf, codeTo, fresh, freshPhone, scene, stage } from "./scene.mjs";

const password = "correct horse battery";
const narrow = { viewport: { width: 360, height: 740 } };

/** Another code than this one. */
const wrong = (code) => (code === "000000" ? "000001" : "000000");

/** Lets the minute pass in which an address gets no second code. */
const later = (on = "plain") => stage(`/${on}/later?seconds=60`, "POST");

const change = (page) => answerTo(page, "/api/user/detail", () => page.locator("#identifiers-submit").click());
const send = (page, path, button) => answerTo(page, path, () => page.locator(`#${button}`).click());
const choose = (page, name, value) => page.locator(`#identifiers-form input[name=${name}][value=${value}]`).check({ force: true });

for (const [locale, title, account, deleted] of [
  ["en-US", "User name, phone and email", "My account", "Delete your account"], ["zh-CN", "用户名、手机号和邮箱", "我的账号", "注销账号"],
]) {
  scene(`changes user name, phone and email: ${locale}`, { path: "/#identifiers", locale, ...narrow }, async (page, { base }) => {
    const user = await member(base, { password });
    await logIn(page, { "login-user_name": user.user_name, "login-password": password });
    await arrived(page, "identifiers", title);
    assert.equal(await page.locator("#identifiers-methods").isVisible(), false, "there is no other way than the password");
    await fits(page);
    await accessible(page);
    await page.locator("#identifiers-submit").click();
    await marked(page, "identifiers-new-user_name", locale === "en-US" ? "Please fill this in." : "请填写此项。");
    const name = fresh("w");
    await fill(page, { "identifiers-new-user_name": name, "identifiers-old_password": "no horse at all" });
    await refusedAt(page, "identifiers-old_password", await change(page), "credentials_wrong", "old_password");
    await accessible(page);
    await fill(page, { "identifiers-old_password": password });
    const done = await change(page);
    await arrived(page, "account", account);
    assert.equal(await page.locator("#status").textContent(), done.msg);
    assert.ok((await page.locator("#account-facts").textContent()).includes(name));

    // The person proves by a code that the new phone is theirs.
    await page.locator("a[href='#identifiers']").click();
    await arrived(page, "identifiers", title);
    assert.equal(await page.locator("#identifiers-old_password").inputValue(), "", "the password is left");
    await choose(page, "what", "phone");
    const phone = freshPhone();
    await fits(page);
    await accessible(page);
    await fill(page, { "identifiers-new-phone": "1380" });
    await refusedAt(page, "identifiers-new-phone", await send(page, "/api/verify/phone", "identifiers-new-send"), "phone_invalid", "phone");
    await fill(page, { "identifiers-new-phone": phone });
    const sent = await send(page, "/api/verify/phone", "identifiers-new-send");
    assert.equal(await page.locator("#identifiers-new-code-hint").textContent(), sent.msg);
    assert.equal(await page.evaluate(() => document.activeElement.id), "identifiers-new-code");
    const code = await codeOf(phone);
    await fill(page, { "identifiers-new-code": wrong(code), "identifiers-old_password": password });
    await refusedAt(page, "identifiers-new-code", await change(page), "code_wrong", "code");
    await fill(page, { "identifiers-new-code": code, "identifiers-old_password": password });
    assert.equal((await change(page)).code, 0);
    await arrived(page, "account");
    assert.ok((await page.locator("#account-facts").textContent()).includes(phone));

    // The same for the new email.
    await page.locator("a[href='#identifiers']").click();
    await choose(page, "what", "email");
    await fits(page);
    await accessible(page);
    const email = `${fresh("w")}@example.com`;
    await fill(page, { "identifiers-new-email": email, "identifiers-old_password": password });
    await send(page, "/api/verify/email", "identifiers-new-send");
    await fill(page, { "identifiers-new-code": await codeTo(email) });
    const { data } = await change(page);
    assert.deepEqual([data.user_name, data.email, data.email_verified], [name, email, true]);
    await arrived(page, "account");
    assert.ok((await page.locator("#account-facts").textContent()).includes(email));
    assert.equal(await page.locator("#to-email").isVisible(), false, "a verified email is changed with a proof");
  });

  scene(`without a password: a change and the deletion by codes: ${locale}`, { path: "/#identifiers", locale, ...narrow }, async (page, { base }) => {
    const user = await member(base, { phone: true });
    const byCode = async () => {
      await later();
      await page.locator("#login-form input[name=method][value=phone]").check({ force: true });
      await fill(page, { "login-phone": user.phone });
      await send(page, "/api/verify/phone", "login-send");
      return logIn(page, { "login-code": await codeOf(user.phone) });
    };
    await byCode();
    await arrived(page, "identifiers", title);
    // The code is the first way of an account without a user name.
    assert.equal(await page.locator("#identifiers-phone").inputValue(), user.phone);
    await fits(page);
    await accessible(page);
    await later();
    await send(page, "/api/verify/phone", "identifiers-send");
    const code = await codeOf(user.phone);
    const name = fresh("c");
    await fill(page, { "identifiers-new-user_name": name, "identifiers-code": wrong(code) });
    await refusedAt(page, "identifiers-code", await change(page), "code_wrong", "proof_code");
    await fill(page, { "identifiers-code": code });
    assert.equal((await change(page)).data.user_name, name);
    await arrived(page, "account", account);

    await page.locator("a[href='#leave']").click();
    await arrived(page, "leave", deleted);
    // With a user name there may be a password.
    assert.equal(await page.locator("#leave-password").isVisible(), true);
    await page.locator("#leave-by-phone").check({ force: true });
    await fits(page);
    await accessible(page);
    await later();
    await send(page, "/api/verify/phone", "leave-send");
    const last = await codeOf(user.phone);
    const leave = () => answerTo(page, "/api/user/delete", () => page.locator("#leave-submit").click());
    await fill(page, { "leave-code": wrong(last) });
    await refusedAt(page, "leave-code", await leave(), "code_wrong", "code");
    await fill(page, { "leave-code": last });
    const { msg } = await leave();
    await arrived(page, "login");
    assert.ok((await page.locator("#status").textContent()).startsWith(msg));
    assert.ok(!(await page.content()).includes(user.phone), "the next person at this browser sees who it was");
    // A login cancels the deletion, and the page says so.
    assert.equal((await byCode()).data.deletion_canceled, true);
    await arrived(page, "account");
    assert.match(await page.locator("#status").textContent(), locale === "en-US" ? /This login has kept it/ : /已取消注销/);
    await accessible(page);
  });
}

scene("changes the phone with pictures for two codes", { on: "image", path: "/#identifiers", ...narrow }, async (page, { base }) => {
  const read = await reader(page);
  // Registered on the page, because each code costs a picture.
  await page.goto(`${base}/?again#register`);
  await page.locator("#form input[name=method][value=phone]").check({ force: true });
  const phone = freshPhone();
  await fill(page, { phone });
  await read();
  await send(page, "/api/verify/phone", "send");
  await fill(page, { code: await codeOf(phone) });
  await read();
  await send(page, "/api/register", "submit");
  await arrived(page, "welcome");
  await page.evaluate(() => { location.hash = "identifiers"; });
  await arrived(page, "identifiers");
  await choose(page, "what", "phone");
  const next = freshPhone();
  await fill(page, { "identifiers-new-phone": next });
  await page.locator("#identifiers-new-send").click();
  await marked(page, "captcha", "Please fill this in.");
  await read();
  await send(page, "/api/verify/phone", "identifiers-new-send");
  await fill(page, { "identifiers-new-code": await codeOf(next) });
  await later("image");
  await read();
  await send(page, "/api/verify/phone", "identifiers-send");
  await fill(page, { "identifiers-code": await codeOf(phone) });
  assert.equal((await change(page)).data.phone, next);
  await arrived(page, "account");
});

scene("changes the user name with the keyboard alone", { path: "/#identifiers", ...narrow }, async (page, { base }) => {
  const user = await member(base, { password });
  await logIn(page, { "login-user_name": user.user_name, "login-password": password });
  await arrived(page, "identifiers");
  await tabTo(page, "#identifiers-form input[value=user_name]");
  await page.keyboard.press("ArrowRight");
  await page.locator("#identifiers-new-phone").waitFor();
  await page.keyboard.press("ArrowLeft");
  const name = fresh("k");
  await tabTo(page, "#identifiers-new-user_name");
  await page.keyboard.type(name);
  await tabTo(page, "#identifiers-old_password");
  await page.keyboard.type(password);
  const { data } = await answerTo(page, "/api/user/detail", () => page.keyboard.press("Enter"));
  assert.equal(data.user_name, name);
  await arrived(page, "account");
});

scene("changes what the service can send codes to", { colorScheme: "dark", ...narrow }, async (page, { base }) => {
  const user = await member(base, { password });
  await page.goto(`${await without(page, base, "phone", "email")}#identifiers`);
  await logIn(page, { "login-user_name": user.user_name, "login-password": password });
  await arrived(page, "identifiers");
  assert.deepEqual(await page.locator("#identifiers-whats label:visible").allTextContents(), ["User name", "Email"]);
  await accessible(page);
  // Without mail, a new email is taken unverified.
  await choose(page, "what", "email");
  assert.equal(await page.locator("#identifiers-new-code").isVisible(), false);
  await accessible(page);
  const email = `${fresh("u")}@example.com`;
  await fill(page, { "identifiers-new-email": email, "identifiers-old_password": password });
  const { data } = await change(page);
  assert.deepEqual([data.email, data.email_verified], [email, false]);
  await arrived(page, "account");
  await rested(page);
  assert.ok((await call(base, "/api/login", { user_name: user.user_name, password })).data.email === email);
});
