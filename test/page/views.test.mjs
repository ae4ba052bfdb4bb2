// What holds in every view of the page, in each of its states: it can be seen in the dark, and the keyboard reaches it.
import assert from "node:assert/strict";
import { answerTo } from "./browser.mjs";
import { arrived, call, choose, fill, fits, logIn, rested, submit, without } from "./page.mjs";
import { accessible, codeOf, codeTo, fresh, freshPhone, scene, stage } from "./scene.mjs";

const password = "correct horse battery";
const narrow = { viewport: { width: 360, height: 740 } };
const terms = { on: "terms", timeout: 600_000, ...narrow };

/**
 * Shows each view to `look`, in the states that a person can meet: with the fields of each choice, with its errors, and
 * with the messages above it. Fails if a view was left out.
 */
async function everyView(page, base, look) {
  const seen = new Set();
  const show = async (state) => {
    await rested(page);
    const view = await page.locator("[data-view]:visible").getAttribute("data-view");
    seen.add(view);
    try {
      await look();
    } catch (error) {
      error.message = `${view}, ${state}: ${error.message}`;
      throw error;
    }
  };
  /** The view with the fields of each choice, first as it is shown and then with the errors of what is missing. */
  const choices = async () => {
    await show("as it is entered");
    const form = page.locator("[data-view]:visible form:has(button.main)");
    // Of two groups of choices, such as what is changed and by which proof, each is tried on its own.
    for (const label of await form.locator(".choice label:visible").all()) {
      await label.locator("input").check({ force: true });
      const chosen = await label.textContent();
      await show(chosen);
      await form.locator("button.main").click();
      await show(`${chosen}, with errors`);
    }
  };
  const go = async (view) => {
    await page.evaluate((name) => { location.hash = name; }, view);
    await arrived(page, view);
  };

  await page.locator("#form").waitFor();
  await page.locator("#invitation").evaluate((details) => { details.open = true; });
  await choices();
  await go("forgotten");
  await choices();
  await go("login");
  await choices();
  await page.goto(`${await without(page, base, "phone", "email")}#forgotten`);
  await page.locator("#no-recovery").waitFor();
  await show("without a way back");

  await page.goto(`${base}/?again#profile`);
  await page.locator("#status:visible").waitFor();
  await show("asked to log in first");
  await go("register");
  await choose(page, "name");
  const [name, email, phone] = [fresh("v"), `${fresh("v")}@example.com`, freshPhone()];
  await fill(page, { user_name: name, password, email });
  await page.locator("#register-accepted_terms").check();
  const { data: { id, token } } = await submit(page);
  await arrived(page, "welcome");
  await show("with a warning");
  await go("account");
  await show("with a warning");
  await go("email-verify");
  await show("as it is entered");
  await page.locator("#email-submit").click();
  await show("with errors");
  await answerTo(page, "/api/verify/email", () => page.locator("#email-send").click());
  await show("while the button counts down");
  await fill(page, { "email-code": await codeTo(email) });
  await answerTo(page, "/api/verify/email/confirm", () => page.locator("#email-submit").click());
  await arrived(page, "account");
  await show("with a message");

  // Now with all three ways to show that one is the holder.
  await call(base, "/api/verify/phone", { phone, purpose: "change" }, token);
  const bound = await call(base, "/api/user/detail", { phone, code: await codeOf(phone), old_password: password }, token);
  assert.equal(bound.code, 0, JSON.stringify(bound));
  await call(base, "/api/login", { user_name: name, password });
  await go("profile");
  await go("account");
  await page.locator("#account-facts", { hasText: phone }).waitFor();
  for (const view of ["identifiers", "password-change", "leave"]) {
    await go(view);
    await choices();
  }
  await go("profile");
  await show("as it is entered");
  await page.locator("#avatar-submit").click();
  await fill(page, { real_name: "A‮da" });
  await answerTo(page, "/api/user/detail", () => page.locator("#profile-submit").click());
  await show("with errors");
  await fill(page, { real_name: "Ada" });
  await answerTo(page, "/api/user/detail", () => page.locator("#profile-submit").click());
  await show("with a message");
  await go("sessions");
  await page.locator("#session-list li").nth(1).waitFor();
  await show("with another session");
  await answerTo(page, "/api/user/sessions", () => page.locator("#end-others").click());
  await show("with a message");

  await go("leave");
  await fill(page, { "leave-password": password });
  await answerTo(page, "/api/user/delete", () => page.locator("#leave-submit").click());
  await arrived(page, "login");
  await show("with a message");
  await stage(`/terms/outdate?id=${id}`, "POST");
  await logIn(page, { "login-user_name": name, "login-password": "no horse at all" });
  await show("with a refusal");
  await logIn(page, { "login-password": password });
  await page.locator("#login-terms:visible").waitFor();
  await show("with new terms");
  await page.locator("#login-accepted_terms").check();
  await answerTo(page, "/api/login", () => page.locator("#login-submit").click());
  await arrived(page, "account");
  await show("with a message");

  const all = await page.locator("[data-view]").evaluateAll((views) => views.map((view) => view.dataset.view));
  assert.deepEqual([...seen].sort(), all.sort());
}

/** How light the ground of the page is and its text, from 0 to 255. */
function lightness(page) {
  return page.evaluate(() => {
    const { backgroundColor, color } = getComputedStyle(document.body);
    return [backgroundColor, color].map((value) => Math.max(...value.match(/\d+/g).slice(0, 3).map(Number)));
  });
}

scene("every view is accessible and fits in the dark", { ...terms, colorScheme: "dark" }, async (page, { base }) => {
  await everyView(page, base, async () => {
    const [ground, text] = await lightness(page);
    assert.ok(ground < 64 && text > 192, `${text} on ${ground}`);
    await fits(page);
    await accessible(page);
  });
});

for (const on of ["image", "closed", "approval", "adults"]) {
  scene(`is accessible and fits in the dark: ${on}`, { on, colorScheme: "dark", ...narrow }, async (page) => {
    await page.locator("[data-view=register]").waitFor();
    await rested(page);
    if (on !== "closed") await page.locator("#submit").click();
    await fits(page);
    await accessible(page);
  });
}

/** Tab reaches each control that is shown, in the order of the page. The control is in sight then, and marked. */
async function reachable(page) {
  const controls = await page.evaluateHandle(() => {
    const shown = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((element) => element.checkVisibility());
    // Tab stops once at a group of radio buttons.
    return shown.filter((element) => element.type !== "radio" || element.checked);
  });
  const count = await controls.evaluate((all) => all[0].focus() ?? all.length);
  for (let at = 0; at < count; at++) {
    // The parts of a date are stops of one element.
    for (let part = 0; at > 0 && part < 5 && await controls.evaluate((all, before) => document.activeElement === all[before], at - 1); part++) {
      await page.keyboard.press("Tab");
    }
    const { wanted, got, marked, seen } = await controls.evaluate((all, index) => {
      const name = (element) => element.id || element.getAttribute("href") || element.outerHTML.slice(0, 80);
      const [element, focused] = [all[index], document.activeElement];
      const { outlineStyle, outlineWidth } = getComputedStyle(focused.type === "radio" ? focused.nextElementSibling : focused);
      const { left, right, top, bottom } = focused.getBoundingClientRect();
      // The middle of the part that is within the window. A part is enough for WCAG 2.4.11.
      const middle = [Math.max(left, 0) + Math.min(right, innerWidth), Math.max(top, 0) + Math.min(bottom, innerHeight)].map((sum) => sum / 2);
      const there = document.elementFromPoint(...middle);
      return {
        wanted: name(element), got: name(focused), marked: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2,
        seen: focused.contains(there),
      };
    }, at);
    assert.equal(got, wanted, "Tab goes elsewhere");
    assert.ok(marked, `${wanted} does not show that it has the focus`);
    assert.ok(seen, `${wanted} has the focus out of sight`);
  }
  await controls.dispose();
}

for (const [colors, options] of [["its own colors", {}], ["forced colors", { forcedColors: "active" }]]) {
  scene(`every control of every view is reached with the keyboard, and shows it: ${colors}`, { ...terms, ...options }, async (page, { base }) => {
    await everyView(page, base, () => reachable(page));
  });
}
