// What a person with a login does while the page waits: each call of the views × each thing that can be done
// meanwhile. No call is made twice, a person that left a view stays where they are, what is typed stays, and the
// login goes on unless the person has ended it.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { arrived, call, fill, hold, logIn, member, rested, speakOther } from "./page.mjs";
import { codeOf, codeTo, fresh, scene, stage } from "./scene.mjs";

const password = "correct horse battery";
const another = "staple of another horse";
const web = `${import.meta.dirname}/../../internal/pages/web`;
const picture = {
  name: "ada.jpg", mimeType: "image/jpeg",
  buffer: await readFile(`${import.meta.dirname}/../../internal/avatar/testdata/flat-progressive.jpg`),
};

/** Opens a view by its address, as a link does. */
const open = (page, view) => page.evaluate((hash) => { location.hash = hash; }, view);

/**
 * The calls of the views by their operations. `view` is where they begin, `path` is what is held, `begin` presses the
 * button, `ends` tells that the login is over afterwards, `loads` that each visit of the view calls.
 */
const waits = {
  getUserDetail: { view: "account", path: "/api/user/detail", begin: (page) => reopen(page, "account"), loads: true },
  exportUser: { view: "account", path: "/api/user/export", begin: press("export") },
  logout: { view: "account", path: "/api/logout", begin: press("logout"), ends: true },
  updateUser: {
    view: "profile", path: "/api/user/detail",
    begin: async (page) => { await fill(page, { real_name: "Ada" }); await press("profile-submit")(page); },
  },
  uploadAvatar: {
    view: "profile", path: "/api/user/avatar",
    begin: async (page) => { await page.locator("#avatar").setInputFiles(picture); await press("avatar-submit")(page); },
  },
  "updateUser of the picture": {
    view: "profile", path: "/api/user/detail",
    before: (base, user) => call(base, "/api/user/detail", { avatar_url: "/a.png" }, user.token),
    begin: press("avatar-remove"),
  },
  "updateUser of the name": {
    view: "identifiers", path: "/api/user/detail",
    begin: async (page) => {
      await page.locator("#identifiers-form input[name=what][value=user_name]").check({ force: true });
      await fill(page, { "identifiers-new-user_name": fresh("n"), "identifiers-old_password": password });
      await press("identifiers-submit")(page);
    },
  },
  changePassword: {
    view: "password-change", path: "/api/user/password",
    begin: async (page) => {
      await fill(page, { "change-old_password": password, "change-password": another });
      await press("change-submit")(page);
    },
  },
  confirmEmail: {
    view: "email-verify", path: "/api/verify/email/confirm",
    before: (base, user) => call(base, "/api/verify/email", { email: user.email }, user.token),
    begin: async (page, user) => {
      await fill(page, { "email-code": await codeTo(user.email) });
      await press("email-submit")(page);
    },
  },
  listSessions: { view: "sessions", path: "/api/user/sessions", begin: (page) => reopen(page, "sessions"), loads: true },
  endSession: {
    view: "sessions", path: "/api/user/sessions/*",
    begin: (page) => page.locator("#session-list button").first().click(),
  },
  endOtherSessions: { view: "sessions", path: "/api/user/sessions", begin: press("end-others") },
  deleteUser: {
    view: "leave", path: "/api/user/delete", ends: true,
    begin: async (page) => { await fill(page, { "leave-password": password }); await press("leave-submit")(page); },
  },
};

/** Leaves a view and comes back, so that it loads again. */
async function reopen(page, view) {
  await open(page, "profile");
  await arrived(page, "profile", undefined, { focus: false });
  await open(page, view);
}

/** Presses a button. */
function press(id) {
  return (page) => page.locator(`#${id}`).click();
}

/** What a person can do at any time. Each returns the view in which the person is afterwards, if it is another one. */
const acts = {
  "waits": () => undefined,
  "presses again": async (page, wait) => { if (!wait.loads) await page.locator("button[aria-busy=true]:visible").click({ force: true }); },
  "changes the language and presses again": async (page, wait) => {
    await speakOther(page);
    await acts["presses again"](page, wait);
    await speakOther(page);
  },
  "goes to the profile and types": async (page) => {
    await open(page, "profile");
    await fill(page, { introduce: "typed meanwhile" });
    return "profile";
  },
  "goes to the sessions": async (page) => { await open(page, "sessions"); return "sessions"; },
  "goes to the account": async (page) => { await open(page, "account"); return "account"; },
  "goes back": async (page) => { await page.goBack(); },
};

for (const [name, wait] of Object.entries(waits)) {
  scene(`a person with a login, while the page waits for ${name}`, { path: "/#login", timeout: 300_000 }, async (page, { base }) => {
    for (const [what, act] of Object.entries(acts)) {
      try {
        await play(page, base, wait, act);
      } catch (error) {
        throw new Error(`a person ${what}: ${error.message}`, { cause: error });
      }
    }
  });
}

/** Logs a fresh person in, begins a call, does something meanwhile, and lets the answer come. */
async function play(page, base, wait, act) {
  const user = await member(base, { password, email: `${fresh("e")}@example.com` });
  await wait.before?.(base, user);
  await page.goto(`${base}/?again=${fresh("a")}#login`);
  await logIn(page, { "login-user_name": user.user_name, "login-password": password });
  await arrived(page, "account");
  await open(page, wait.view);
  await arrived(page, wait.view);
  if (wait.view === "sessions") await page.locator("#session-list button").first().waitFor();
  await rested(page);
  const calls = callsTo(page, wait.path);
  const { held, release } = await hold(page, `**${wait.path}`);
  await wait.begin(page, user);
  await held;
  const there = await act(page, wait);
  release();
  await rested(page);
  if (!wait.loads) assert.equal(calls().length, 1, `called ${calls().length} times`);
  if (wait.ends) {
    await page.locator("[data-view=login]").waitFor();
    // What was done is said, and not that the login has ended by itself.
    assert.doesNotMatch(await page.locator("#status").textContent(), /Your login has ended/);
    return;
  }
  if (there) await arrived(page, there, undefined, { focus: false });
  if (there === "profile") assert.equal(await page.locator("#introduce").inputValue(), "typed meanwhile");
  // The login goes on, and the account is shown as it is now.
  await open(page, "account");
  await arrived(page, "account", undefined, { focus: false });
  await page.locator("#logout:not([aria-disabled=true])").waitFor();
}

/** Counts the calls to a path but the reading ones that a view makes by itself. */
function callsTo(page, path) {
  const calls = [];
  const ours = new RegExp(`${path.replace("*", "[^/]+")}$`);
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (ours.test(pathname) && (request.method() !== "GET" || pathname.endsWith("/export"))) calls.push(pathname);
  });
  const before = calls.length;
  return () => calls.slice(before);
}

/** What a guest can do while the page waits. */
const strolls = {
  ...Object.fromEntries(["waits", "presses again", "changes the language and presses again"].map((name) => [name, acts[name]])),
  "chooses the other way": async (page) => {
    await page.locator("[data-view]:visible input[name=method]:not(:checked)").first().check({ force: true });
  },
  "goes to the registration and types": async (page) => {
    await open(page, "register");
    await fill(page, { user_name: "typed" });
    return "register";
  },
};

for (const [what, act] of Object.entries(strolls)) {
  scene(`a guest who logs in ${what}`, { path: "/#login" }, async (page, { base }) => {
    const user = await member(base, { password });
    const calls = callsTo(page, "/api/login");
    const { held, release } = await hold(page, "**/api/login");
    await fill(page, { "login-user_name": user.user_name, "login-password": password });
    await press("login-submit")(page);
    await held;
    await act(page, {});
    release();
    await arrived(page, "account", undefined, { focus: false });
    assert.equal(calls().length, 1);
    assert.equal(await page.locator("#login-password").inputValue(), "", "the next person finds the password");
  });

  scene(`a guest who sets a forgotten password ${what}`, { path: "/#forgotten" }, async (page, { base }) => {
    const user = await member(base, { phone: true });
    await stage("/plain/later?seconds=60", "POST");
    await call(base, "/api/verify/phone", { phone: user.phone, purpose: "reset" });
    await page.locator("#forgotten-form input[name=method][value=phone]").check({ force: true });
    await fill(page, { "forgotten-phone": user.phone, "forgotten-code": await codeOf(user.phone), "forgotten-password": another });
    const calls = callsTo(page, "/api/password/reset");
    const { held, release } = await hold(page, "**/api/password/reset");
    await press("forgotten-submit")(page);
    await held;
    const there = await act(page, {}) ?? "login";
    release();
    await rested(page);
    await page.locator("#status:visible").waitFor(); // says that it is done
    await arrived(page, there, undefined, { focus: false });
    if (there === "register") assert.equal(await page.locator("#user_name").inputValue(), "typed");
    assert.equal(calls().length, 1);
  });
}

/** Where each other wait of the pages is played, or why nothing can be done meanwhile. */
const elsewhere = {
  "action.ts task": "the button of each wait",
  "captcha.ts this.loading": "meanwhile.test.mjs", "captcha.ts this.renew": "meanwhile.test.mjs",
  "captcha.ts solve": "meanwhile.test.mjs", "captcha.ts getCaptcha": "meanwhile.test.mjs",
  "captcha.ts solveSound": "meanwhile.test.mjs", "captcha.ts getCaptchaAudio": "meanwhile.test.mjs",
  "captcha.ts challenge.voice.play": "meanwhile.test.mjs",
  "codebutton.ts this.send": "meanwhile.test.mjs", "codebutton.ts app.captcha.ready": "meanwhile.test.mjs",
  "codebutton.ts asked.send": "meanwhile.test.mjs", "codebutton.ts app.captcha.proof": "meanwhile.test.mjs",
  "holder.ts this.ask": "the callers", "holder.ts this.send": "the callers", "holder.ts this.last": "the callers",
  "holder.ts call": "the callers",
  "views/register.ts captcha.ready": "meanwhile.test.mjs", "views/register.ts captcha.proof": "meanwhile.test.mjs",
  "views/register.ts register": "meanwhile.test.mjs",
  "views/login.ts captcha.ready": "the guests above", "views/login.ts login": "the guests above",
  // No view is shown before the first texts are there.
  "main.ts load": "language.test.mjs", "words.ts fetch": "language.test.mjs", "words.ts answer.json": "language.test.mjs",
  "terms.ts this.renew": "terms.test.mjs", "terms.ts getSettings": "terms.test.mjs",
  "views/register.ts this.terms.refused": "terms.test.mjs", "views/login.ts this.terms.refused": "terms.test.mjs",
  "views/forgotten.ts captcha.ready": "the guests above", "views/forgotten.ts resetPassword": "the guests above",
};

test("each await of the pages is played", async () => {
  const found = new Set();
  for (const file of await readdir(web, { recursive: true })) {
    if (!file.endsWith(".ts")) continue;
    for (const line of (await readFile(`${web}/${file}`, "utf8")).split("\n")) {
      const [, awaited] = /\bawait ([^;]*)/.exec(line.replace(/\/\/.*/, "")) ?? [];
      if (awaited === undefined) continue;
      const operation = /\b(?:enroll|uploads)\.(\w+)/.exec(awaited)?.[1];
      found.add(`${file} ${operation ?? awaited.replace(/^\(+/, "").replace(/^.*\?\?= ?/, "").match(/^[\w.]+/)[0]}`);
    }
  }
  const played = new Set(Object.keys(waits).map((name) => name.split(" ")[0]));
  const missing = [...found].filter((name) => !(name in elsewhere) && !played.has(name.split(" ")[1]));
  assert.deepEqual(missing, [], "no scene plays these");
  assert.deepEqual(Object.keys(elsewhere).filter((name) => !found.has(name)), [], "the pages do not have these");
});
