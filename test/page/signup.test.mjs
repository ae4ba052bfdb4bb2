// People register by user name and by phone, in both languages.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { arrived, call, choose, fill, fits, inLanguage, logIn, marked, refusedAt, registeringBy, rested, sendCode, speakOther, submit, tabTo, welcomed, without } from "./page.mjs";
import { accessible, codeOf, codeTo, fresh, freshPhone, scene, stage } from "./scene.mjs";

const password = "correct horse battery";
const narrow = { viewport: { width: 360, height: 740 } };

scene("registers with a user name and a password", {}, async (page) => {
  await choose(page, "name");
  await accessible(page);
  const [name, email] = [fresh("n"), `${fresh("e")}@example.com`];
  await fill(page, { user_name: name, password, email });
  const { data } = await submit(page);
  const shown = await welcomed(page);
  assert.deepEqual(await page.locator("h1:visible").allTextContents(), [`Welcome, ${name}`]);
  assert.equal(await page.title(), `Welcome, ${name}`);
  assert.equal(await page.locator("[data-view=welcome] .hint").textContent(), "Your account is ready. You can close this page now.");
  await speakOther(page);
  assert.equal(await page.title(), `欢迎，${name}`);
  assert.equal(await page.evaluate(() => document.activeElement.id), "language", "the focus jumps");
  for (const text of [name, email, String(data.id), data.invite_code]) assert.ok(shown.includes(text), `${shown} lacks ${text}`);
  await accessible(page);
  // The token is in the page's memory and nowhere else, and the password is gone.
  assert.deepEqual(await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length]), [0, 0, "", 0]);
  assert.ok(!(await page.content()).includes(data.token));
  assert.equal(await page.locator("#password").inputValue(), "");
});

scene("registers with a phone and a code", {}, async (page) => {
  await choose(page, "phone");
  await accessible(page);
  const phone = freshPhone();
  await fill(page, { phone: `${phone.slice(0, 3)} ${phone.slice(3)}` });
  const sent = await sendCode(page);
  assert.equal(sent.code, 0);
  await page.locator("#send[aria-disabled=true]").waitFor();
  assert.match(await page.locator("#send").textContent(), /^Send in \d+ s$/);
  assert.equal(await page.locator("#code-hint").textContent(), sent.msg);
  assert.equal(await page.evaluate(() => document.activeElement.id), "code");
  await accessible(page);
  await fill(page, { code: await codeOf(phone) });
  await submit(page);
  assert.ok((await welcomed(page)).includes(phone));
});

for (const [locale, hint] of [["en-US", "Code from the mail"], ["zh-CN", "邮件验证码"]]) {
  scene(`registers with an email and a code, and logs in with another: ${locale}`, { locale, ...narrow }, async (page, { base }) => {
    await choose(page, "email");
    assert.equal(await page.locator("#code-label").textContent(), hint);
    await fits(page);
    await accessible(page);
    await page.locator("#send").click();
    await page.locator("#register-email-error:visible").waitFor();
    const email = `${fresh("e")}@example.com`;
    await fill(page, { "register-email": "nobody@" });
    await refusedAt(page, "register-email", await answerTo(page, "/api/verify/email", () => page.locator("#send").click()), "email_invalid", "email");
    await fill(page, { "register-email": email });
    const sent = await answerTo(page, "/api/verify/email", () => page.locator("#send").click());
    assert.equal(await page.locator("#code-hint").textContent(), sent.msg);
    const code = await codeTo(email);
    await fill(page, { code: code === "000000" ? "000001" : "000000" });
    await refusedAt(page, "code", await submit(page), "code_wrong");
    await fill(page, { code });
    const { data } = await submit(page);
    assert.equal(data.email_verified, true);
    assert.ok((await welcomed(page)).includes(email));
    assert.equal(await page.locator("#no-way-back").isVisible(), false, "the account can be recovered");

    await stage("/plain/later?seconds=60", "POST");
    await page.goto(`${base}/?again#login`);
    await page.locator("#login-form input[name=method][value=email]").check({ force: true });
    await fits(page);
    await accessible(page);
    await fill(page, { "login-email": email });
    await answerTo(page, "/api/verify/email", () => page.locator("#login-send").click());
    await logIn(page, { "login-code": await codeTo(email) });
    await arrived(page, "account");
  });
}

scene("takes a phone and a code as they are pasted, in the digits of another script", {}, async (page) => {
  const arabic = (text) => text.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)));
  await choose(page, "phone");
  const phone = freshPhone();
  await fill(page, { phone: `\u200etel:${arabic(phone)}\u200e` });
  await sendCode(page);
  await fill(page, { code: arabic(await codeOf(phone)) });
  await submit(page);
  assert.ok((await welcomed(page)).includes(phone));
});

scene("registers with the keyboard alone", narrow, async (page) => {
  await page.locator("#form").waitFor();
  await tabTo(page, "#language");
  await page.keyboard.press("ArrowUp");
  await inLanguage(page, "zh-CN");
  assert.equal(await page.locator("#title").textContent(), "创建账号");
  await page.keyboard.press("ArrowDown");
  await inLanguage(page, "en");
  await tabTo(page, "#form input[value=name]");
  await page.keyboard.press("ArrowRight");
  await page.locator("#phone").waitFor();
  await page.keyboard.press("ArrowLeft");
  const name = fresh("k");
  await tabTo(page, "#user_name");
  await page.keyboard.type("a");
  await tabTo(page, "#password");
  await page.keyboard.type(password);
  await refusedAt(page, "user_name", await answerTo(page, "/api/register", () => page.keyboard.press("Enter")), "user_name_too_short");
  await page.keyboard.press("Control+A");
  await page.keyboard.type(name);
  await tabTo(page, "#password-show");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("#password").getAttribute("type"), "text");
  await page.keyboard.press("Shift+Tab");
  await tabTo(page, "#submit");
  await page.keyboard.press("Space");
  assert.ok((await welcomed(page)).includes(name));
});

scene("is in Chinese for a Chinese browser", { locale: "zh-CN" }, async (page) => {
  await choose(page, "name");
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  assert.equal(await page.title(), "创建账号");
  await accessible(page);
  await fill(page, { user_name: "张", password });
  const answer = await submit(page);
  await refusedAt(page, "user_name", answer, "user_name_too_short");
  assert.match(answer.msg, /用户名/);
  // A change of the language keeps what was typed, and the address keeps the language.
  await speakOther(page);
  assert.equal(await page.locator("#title").textContent(), "Create your account");
  assert.equal(await page.locator("#user_name").inputValue(), "张");
  assert.equal(await page.locator("#user_name-error").getAttribute("lang"), "zh-CN");
  const again = await submit(page);
  assert.match(again.msg, /user name/);
  await page.reload();
  await page.locator("#form").waitFor();
  assert.equal(await page.locator("#title").textContent(), "Create your account");
  await speakOther(page);
  await fill(page, { user_name: `新用户${fresh("z")}`, password });
  assert.equal((await submit(page)).msg, "注册成功");
  await welcomed(page);
});

scene("is in English for a browser of a third language", { locale: "sv-SE" }, async (page) => {
  await page.locator("#form").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
});

scene("takes an invitation from the address", {}, async (page, { base }) => {
  const call = await fetch(`${base}/api/register`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user_name: fresh("i"), password }),
  });
  const inviter = (await call.json()).data;
  await page.goto(`${base}/?invite=${inviter.invite_code}`);
  await choose(page, "name");
  await fill(page, { user_name: fresh("i"), password });
  assert.equal((await submit(page)).data.parent_id, inviter.id);
  await welcomed(page);
});

scene("hints at the strength of a password and shows it", {}, async (page) => {
  await choose(page, "name");
  for (const [typed, level, words] of [["", "0", /At least 8/], ["seven77", "1", /Too short/], ["eight888", "2", /safer/], ["twelve 12 34", "3", /Good/], ["sixteen sixteen!", "4", /Very good/], ["密码密码密码密码", "2", /safer/], ["👩‍🚀", "1", /Too short/]]) {
    await fill(page, { password: typed });
    assert.equal(await page.locator("#password-meter").getAttribute("data-level"), level, typed);
    assert.match(await page.locator("#password-hint").textContent(), words);
  }
  await page.locator("#password-show").click();
  assert.equal(await page.locator("#password-show").getAttribute("aria-pressed"), "true");
  await page.locator("#password-show").click();
  assert.equal(await page.locator("#password").getAttribute("type"), "password");
});

scene("hints at the least length that this service asks for", { on: "strict" }, async (page) => {
  await choose(page, "name");
  await page.getByText("At least 15 characters.").waitFor();
  for (const [typed, level, words] of [["fourteen chars", "1", /Too short yet: at least 15/], ["fifteen chars 1", "3", /Good/]]) {
    await fill(page, { user_name: fresh("l"), password: typed });
    assert.equal(await page.locator("#password-meter").getAttribute("data-level"), level, typed);
    assert.match(await page.locator("#password-hint").textContent(), words);
    assert.equal((await submit(page)).code, level === "1" ? -1 : 0);
  }
});

scene("offers what the service can send codes to", {}, async (page, { base }) => {
  await page.goto(await without(page, base, "phone"));
  await page.locator("#form").waitFor();
  assert.deepEqual(await page.locator("#methods label:visible").allTextContents(), ["User name", "Email"]);
  await page.goto(await without(page, base, "phone", "email"));
  await page.locator("#form").waitFor();
  assert.equal(await page.locator("#methods").isVisible(), false);
  await accessible(page);
  const name = fresh("n");
  await fill(page, { user_name: name, password });
  await submit(page);
  assert.ok((await welcomed(page)).includes(name));
});

scene("offers the methods of this service", {}, async (page, { base }) => {
  await page.goto(await registeringBy(page, base, "phone email"));
  await page.locator("#phone").waitFor();
  assert.deepEqual(await page.locator("#methods label:visible").allTextContents(), ["Phone", "Email"]);
  assert.equal(await page.locator("#user_name").isVisible(), false);
  await accessible(page);
  await page.goto(await registeringBy(page, base, "email"));
  const email = `${fresh("e")}@example.com`;
  await fill(page, { "register-email": email });
  assert.equal(await page.locator("#methods").isVisible(), false);
  await answerTo(page, "/api/verify/email", () => page.locator("#send").click());
  await fill(page, { code: await codeTo(email) });
  await submit(page);
  assert.ok((await welcomed(page)).includes(email));
});

scene("asks for what is missing before it asks the service", narrow, async (page) => {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await choose(page, "name");
  await page.locator("#submit").click();
  await marked(page, "user_name", "Please fill this in.");
  assert.equal(await page.locator("#password-error").isVisible(), true);
  assert.match(await page.locator("#summary").textContent(), /2 fields/);
  await fits(page);
  await accessible(page);
  // The error of a field disappears when the field is changed.
  await fill(page, { user_name: "a" });
  assert.equal(await page.locator("#user_name-error").isVisible(), false);
  await choose(page, "phone");
  assert.equal(await page.locator("#summary").isVisible(), false);
  await page.locator("#send").click();
  await marked(page, "phone", "Please fill this in.");
  assert.equal(await page.locator("#code-error").isVisible(), false, "a code is asked for before it was sent");
  assert.ok(!asked.includes("/api/register") && !asked.includes("/api/verify/phone"));
});

for (const [what, options] of [["light", narrow], ["dark", { ...narrow, colorScheme: "dark" }], ["dark and wide", { colorScheme: "dark" }], ["forced colours", { ...narrow, forcedColors: "active" }]]) {
  scene(`is accessible and fits: ${what}`, options, async (page) => {
    for (const method of ["name", "phone", "email"]) {
      await choose(page, method);
      await page.locator("#invitation").evaluate((details) => { details.open = true; });
      await fits(page);
      await accessible(page);
      await page.locator("#submit").click();
      await fits(page);
      await accessible(page);
    }
  });
}

scene("loads little, and soon", {}, async (page, { t }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.clearBrowserCache");
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.reload();
  await page.locator("#submit").waitFor();
  const ready = await page.evaluate(() => Math.round(performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd));
  await rested(page);
  t.diagnostic(`${bytes} bytes on the wire with headers, interactive after ${ready} ms`);
  assert.ok(bytes > 5_000 && bytes <= 60_000, `${bytes} bytes`);
});

scene("says that sign-up is closed, and leads to the login", { on: "closed", ...narrow }, async (page, { base }) => {
  await page.locator("#signup-closed:visible").waitFor();
  assert.equal(await page.title(), "Sign-up is closed");
  assert.equal(await page.locator("#form").isVisible(), false);
  await fits(page);
  await accessible(page);
  await speakOther(page);
  assert.equal(await page.title(), "未开放注册");
  await speakOther(page);
  await page.locator("[data-view=register] a[href='#login']").click();
  await arrived(page, "login", "Log in");
  assert.equal(await page.locator("#to-register").isVisible(), false);
  // The service refuses what the page does not offer.
  const answer = await call(base, "/api/register", { user_name: fresh("n"), password });
  assert.equal(answer.reason, "signup_closed");
});

for (const [locale, summary] of [["en-US", "You need an invitation to register here"], ["zh-CN", "在此注册需要邀请码"]]) {
  scene(`asks for an invitation where sign-up is by invitation: ${locale}`, { on: "invite", locale, ...narrow }, async (page) => {
    await choose(page, "phone");
    assert.equal(await page.locator("#invitation-summary").textContent(), summary);
    await fits(page);
    await accessible(page);
    // Without an invitation no request is made.
    await fill(page, { phone: freshPhone() });
    await page.locator("#send").click();
    await page.locator("#invite_code-error:visible").waitFor();
    // The request for a code has the invitation, which the service does not know.
    const invitation = `inv_${"0".repeat(26)}`;
    await fill(page, { invite_code: invitation });
    const asked = page.waitForRequest("**/api/verify/phone");
    await refusedAt(page, "invite_code", await answerTo(page, "/api/verify/phone", () => page.locator("#send").click()), "invite_invalid");
    assert.equal((await asked).postDataJSON().invite_code, invitation);
    await choose(page, "name");
    await fill(page, { user_name: fresh("n"), password });
    await refusedAt(page, "invite_code", await submit(page), "invite_invalid");
  });
}

for (const [locale, before, after, refused] of [
  ["en-US", "An operator looks at each new account. You can log in once yours has been approved.",
    "Your registration is complete. You can log in as soon as an operator has approved it.", "Your account has not been approved yet. Please try again later."],
  ["zh-CN", "新账号需要管理员审核，通过后即可登录。", "注册申请已提交，请等待管理员审核，通过后即可登录", "账号正在等待管理员审核，请稍后再登录"],
]) {
  scene(`says that an operator decides, and leads to the login: ${locale}`, { on: "approval", locale, ...narrow }, async (page) => {
    assert.equal(await page.locator("#signup-approval").textContent(), before);
    await fits(page);
    await accessible(page);
    await choose(page, "name");
    const name = fresh("n");
    await fill(page, { user_name: name, password });
    const answer = await submit(page);
    assert.deepEqual([answer.data.approval_pending, answer.data.token], [true, ""]);
    await arrived(page, "login");
    assert.equal(await page.locator("#status:visible").textContent(), after);
    await fits(page);
    await accessible(page);
    assert.equal(await page.locator("#password").inputValue(), "", "the password is still in the form");
    // After right credentials the answer says what the person waits for, and the login stays.
    assert.equal((await logIn(page, { "login-user_name": name, "login-password": password })).reason, "approval_pending");
    await page.locator("#summary:visible").waitFor();
    assert.ok((await page.locator("#summary").textContent()).includes(refused));
  });
}

scene("asks for the birthday where there is a minimum age", { on: "adults", ...narrow }, async (page) => {
  await choose(page, "name");
  assert.equal(await page.locator("#register-birthday-hint").textContent(), "You must be at least 18 years old. The date is checked and not stored.");
  await fits(page);
  await accessible(page);
  await fill(page, { user_name: fresh("n"), password });
  await page.locator("#submit").click();
  await page.locator("#register-birthday-error:visible").waitFor();
  const day = (years) => `${new Date().getUTCFullYear() - years}-01-01`;
  await fill(page, { "register-birthday": day(10) });
  await refusedAt(page, "register-birthday", await submit(page), "too_young", "birthday");
  await speakOther(page);
  assert.equal(await page.locator("#register-birthday-hint").textContent(), "需年满 18 周岁。日期仅用于核对，不会保存。");
  // Midnight of this day is 0 in Unix time, which means no birthday: the page sends 1 instead.
  await fill(page, { "register-birthday": "1970-01-01" });
  const { data } = await submit(page);
  assert.equal(data.birthday, 0, "the birthday is stored");
  await welcomed(page);
});
