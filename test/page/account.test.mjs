// People log in, see their account, and log out.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { arrived, call, fill, fits, logIn, marked, member, reader, speakOther } from "./page.mjs";
import { accessible, codeOf, fresh, scene, stage } from "./scene.mjs";

const password = "correct horse battery";
const narrow = { viewport: { width: 360, height: 740 } };
const languages = { "en-US": {
  login: "Log in", account: "My account", out: /logged out/i, sessions: "Where you are logged in", first: /^Please log in\./, ended: /^Your login has ended/,
  memory: /in its memory only\..* in a cookie that scripts cannot read\.$/,
}, "zh-CN": {
  login: "登录", account: "我的账号", out: /退出/, sessions: "登录记录", first: /^请先登录/, ended: /^登录已失效/,
  memory: /只保存在本页面的内存中。.*脚本无法读取的 Cookie 中。$/,
} };

for (const [locale, words] of Object.entries(languages)) {
  scene(`logs in with a password, and out: ${locale}`, { path: "/#login", locale, ...narrow }, async (page, { base }) => {
    const { user_name: name } = await member(base, { password });
    await page.locator("#login-form").waitFor();
    assert.equal(await page.title(), words.login);
    assert.equal(await page.locator("#login-remember").isChecked(), false);
    await fits(page);
    await accessible(page);
    const { data } = await logIn(page, { "login-user_name": name.toUpperCase(), "login-password": password });
    await arrived(page, "account", words.account);
    assert.ok((await page.locator("#account-facts").textContent()).includes(name));
    assert.equal(await page.locator("#to-email").isVisible(), false, "there is no email to verify");
    await fits(page);
    await accessible(page);
    // The token is in the page's memory and nowhere else, as the page says, and the password is gone.
    assert.match(await page.locator("[data-text=memory]:visible").textContent(), words.memory);
    assert.deepEqual(await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length]), [0, 0, "", 0]);
    assert.ok(!(await page.content()).includes(data.token));
    assert.equal(await page.locator("#login-password").inputValue(), "");

    await answerTo(page, "/api/logout", () => page.locator("#logout").click());
    await arrived(page, "login", words.login);
    assert.match(await page.locator("#status").textContent(), words.out);
    assert.ok(!(await page.content()).includes(name), "the next person at this browser sees who it was");
    await accessible(page);
    assert.equal((await call(base, "/api/user/detail", undefined, data.token)).reason, "token_invalid");
    // The Back button shows the form of the login, not the account.
    await page.goBack();
    await page.locator("#status", { hasText: words.first }).waitFor();
    assert.equal(await page.locator("#login-form").isVisible(), true);
  });

  scene(`sees sessions, ends one and all others: ${locale}`, { path: "/#sessions", locale, ...narrow }, async (page, { base }) => {
    const { user_name: name } = await member(base, { password });
    const stranger = await call(base, "/api/login", { user_name: name, password });
    // Without a login the page says why it asks for one, and shows the sessions after the login.
    await arrived(page, "login", words.login, { focus: false });
    assert.match(await page.locator("#status").textContent(), words.first);
    await logIn(page, { "login-user_name": name, "login-password": password });
    await arrived(page, "sessions", words.sessions);
    const items = page.locator("#session-list li");
    await items.nth(2).waitFor();
    assert.equal(await items.count(), 3);
    assert.equal(await page.locator("#session-list em").count(), 1, "the current one is marked");
    assert.equal(await page.locator("#session-list button").count(), 2);
    await fits(page);
    await accessible(page);
    // The list is in the order of the last use; the second is the stranger's or the registration's.
    const { length } = await Promise.resolve(items.all());
    const ended = answerTo(page, /^\/api\/user\/sessions\/.+/, () => page.locator("#session-list button").first().click());
    assert.equal((await ended).code, 0);
    await page.waitForFunction((before) => document.querySelectorAll("#session-list li").length === before - 1, length);
    assert.notEqual(await page.locator("#sessions-done").textContent(), "");
    assert.equal(await page.evaluate(() => document.activeElement.id), "title");
    await accessible(page);
    await answerTo(page, "/api/user/sessions", () => page.locator("#end-others").click());
    await page.waitForFunction(() => document.querySelectorAll("#session-list li").length === 1);
    assert.equal(await page.locator("#end-others").isVisible(), false);
    assert.equal((await call(base, "/api/user/detail", undefined, stranger.data.token)).reason, "token_invalid");
    await fits(page);
    // The current session continues.
    await page.locator("[data-view=sessions] a").click();
    await arrived(page, "account", words.account);
  });

  scene(`a login that was ended elsewhere: ${locale}`, { path: "/#login", locale }, async (page, { base }) => {
    const { user_name: name, token } = await member(base, { password });
    await logIn(page, { "login-user_name": name, "login-password": password });
    await arrived(page, "account", words.account);
    await call(base, "/api/logout", { all: true }, token);
    await page.locator("a[href='#sessions']").click();
    await arrived(page, "login", words.login);
    assert.match(await page.locator("#status").textContent(), words.ended);
    await speakOther(page);
    assert.match(await page.locator("#status").textContent(), languages[locale === "en-US" ? "zh-CN" : "en-US"].ended);
    // After the login the same person is in the view of sessions again.
    await logIn(page, { "login-user_name": name, "login-password": password });
    await page.locator("#session-list li").first().waitFor();
  });
}

scene("logs in with a code by SMS", { path: "/#login", ...narrow }, async (page, { base }) => {
  const { phone } = await member(base, { phone: true });
  await stage("/plain/later?seconds=60", "POST");
  await page.locator("#login-form").waitFor();
  await page.locator("input[name=method][value=phone]:visible").check({ force: true });
  await fits(page);
  await accessible(page);
  await fill(page, { "login-phone": phone });
  const sent = await answerTo(page, "/api/verify/phone", () => page.locator("#login-send").click());
  assert.equal(sent.code, 0);
  assert.equal(await page.evaluate(() => document.activeElement.id), "login-code");
  const code = await codeOf(phone);
  const wrong = await logIn(page, { "login-code": code === "000000" ? "000001" : "000000" });
  await marked(page, "login-code", wrong.errors[0].msg);
  // The whole message is pasted. Its code stands behind the 32nd character, and beside another number.
  await logIn(page, { "login-code": `[Some Shop of the Town] Your code to log in is ${code}. It is valid for 10 minutes.` });
  await arrived(page, "account", "My account");
});

scene("asks for what a login lacks, and shows what it is refused for", { path: "/#login", ...narrow }, async (page, { base }) => {
  const { user_name: name } = await member(base, { password });
  await page.locator("#login-submit").click();
  await marked(page, "login-user_name", "Please fill this in.");
  assert.equal(await page.locator("#login-password-error").isVisible(), true);
  const answer = await logIn(page, { "login-user_name": name, "login-password": "another horse" });
  assert.equal(answer.reason, "credentials_wrong");
  await page.locator("#summary").waitFor();
  assert.equal(await page.locator("#summary").textContent(), answer.msg);
  await fits(page);
  await accessible(page);
  // A message about one view is not shown in the next.
  await page.locator("#to-forgotten").click();
  await arrived(page, "forgotten", "Set a new password");
  assert.equal(await page.locator("#summary").isVisible(), false);
});

scene("a captcha at a login: kept if it was not spent, and none is used twice", { on: "image", path: "/#login" }, async (page, { base }) => {
  const read = await reader(page);
  await page.reload();
  await page.locator("#picture[src]").waitFor();
  await page.goto(`${base}/#register`);
  await page.locator("#form #picture[src]").waitFor();
  await read();
  await fill(page, { user_name: fresh("c"), password });
  await answerTo(page, "/api/register", () => page.locator("#submit").click());
  await arrived(page, "welcome");
  const name = await page.locator("#user dd").first().textContent();
  await page.locator("[data-view=welcome] a").click();
  await arrived(page, "account", "My account");
  await answerTo(page, "/api/logout", () => page.locator("#logout").click());
  await page.locator("#login-form #picture[src]").waitFor();
  await accessible(page);
  await fill(page, { "login-user_name": name, "login-password": password });
  await read();
  await logIn(page, {});
  await arrived(page, "account", "My account");
});

scene("Back, Forward and a reload", { path: "/#login" }, async (page) => {
  await page.locator("#to-forgotten").click();
  await arrived(page, "forgotten", "Set a new password");
  await page.goBack();
  await arrived(page, "login", "Log in");
  await page.goForward();
  await arrived(page, "forgotten", "Set a new password");
  await page.reload();
  await arrived(page, "forgotten", "Set a new password", { focus: false });
  await page.evaluate(() => { location.hash = "nothing"; });
  await arrived(page, "register", "Create your account");
});

scene("a password manager finds where the password is changed", { path: "/.well-known/change-password" }, async (page, { base }) => {
  const { user_name: name } = await member(base, { password });
  await arrived(page, "login", "Log in", { focus: false });
  await logIn(page, { "login-user_name": name, "login-password": password });
  await arrived(page, "password-change", "Change your password");
  assert.equal(await page.locator("#change-user_name").inputValue(), name);
});

scene("an export that is refused for an old login says so", { path: "/#account" }, async (page, { base }) => {
  const { user_name: name } = await member(base, { password });
  await logIn(page, { "login-user_name": name, "login-password": password });
  await arrived(page, "account");
  // The stage cannot age a login.
  const refusal = { code: -1, msg: "log in again", data: null, request_id: "r", reason: "login_too_old" };
  await page.route("**/api/user/export", (route) => route.fulfill({ status: 422, json: refusal }));
  await answerTo(page, "/api/user/export", () => page.locator("#export").click());
  assert.equal(await page.locator("#summary").textContent(), "log in again");
  await accessible(page);
});
