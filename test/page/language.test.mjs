// People who read neither English nor Chinese register and log in, and no word is of another language.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { answerTo } from "./browser.mjs";
import { arrived, choose, fill, fits, hold, inLanguage, logIn, reader, refusedAt, speak, submit, welcomed } from "./page.mjs";
import { accessible, fresh, scene } from "./scene.mjs";

const folder = `${import.meta.dirname}/../../internal/pages/web/words`;
const words = Object.fromEntries(await Promise.all((await readdir(folder)).map(async (file) =>
  [file.replace(".json", ""), JSON.parse(await readFile(`${folder}/${file}`, "utf8"))])));
const tags = Object.keys(words);
const password = "correct horse battery";
const narrow = { viewport: { width: 360, height: 740 } };

/** The letters of a language. A mark of length belongs to both syllabaries. */
const letters = { ar: /\p{scx=Arabic}/u, ja: /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]/u };

/** Names that are written with Latin letters everywhere: of the brand, of formats, of a unit, of a browser and its system. */
const names = ["Enroll", "JPEG", "PNG", "GIF", "WebP", "MiB", "Chrome", "Linux"];

/** Latin words that a language has taken over. */
const taken = { ar: [], ja: ["SMS", "ID", "Cookie"] };

/** Fails if the page shows or tells a screen reader anything of another language, except what the person knows. */
async function understood(page, tag, known) {
  const seen = await page.evaluate(() => {
    const told = ["aria-label", "alt", "placeholder", "title"];
    const all = [];
    for (const element of document.querySelectorAll("body *")) {
      // The choice of a language has the names of all. What is hidden from screen readers is a picture: the first letter of the name.
      if (element.closest("select, script, noscript, [aria-hidden=true]") || !element.checkVisibility()) continue;
      for (const name of told) if (element.getAttribute(name)) all.push(element.getAttribute(name));
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE && node.data.trim() !== "") all.push(node.data.trim());
    }
    return [document.title, ...all];
  });
  assert.ok(seen.length > 8, `only ${seen} is shown`);
  const own = new Set(Object.values(words[tag]));
  for (const text of seen) {
    const rest = [...known, ...names, ...taken[tag]].reduce((left, name) => left.replaceAll(name, ""), text);
    const foreign = [...rest].filter((one) => /\p{L}/u.test(one) && !letters[tag].test(one));
    assert.deepEqual(foreign, [], text);
    for (const other of tags.filter((one) => one !== tag)) {
      const borrowed = Object.entries(words[other]).find(([, word]) => word === text && !own.has(word));
      // A user name that happens to be a word is not one of the page. The names above are equal everywhere.
      if (rest !== "") assert.equal(borrowed, undefined, `${text} is of ${other}`);
    }
  }
}

for (const [locale, tag, direction] of [["ar-EG", "ar", "rtl"], ["ja-JP", "ja", "ltr"]]) {
  scene(`registers and logs in, in ${tag}`, { on: "image", locale, ...narrow }, async (page) => {
    const read = await reader(page);
    await page.reload();
    await choose(page, "name");
    await page.locator("#picture[src]").waitFor();
    const html = page.locator("html");
    assert.deepEqual([await html.getAttribute("lang"), await html.getAttribute("dir")], [tag, direction]);
    assert.equal(await page.locator("#language").inputValue(), tag);
    assert.equal(await page.title(), words[tag].title);
    await understood(page, tag, []);

    // A refusal of the service is in the language of the page.
    await fill(page, { user_name: "a", password });
    await read();
    const refused = await submit(page);
    await refusedAt(page, "user_name", refused, "user_name_too_short");
    await understood(page, tag, []);
    await fits(page);
    await accessible(page);

    const name = fresh("n");
    const email = `${name}@example.com`;
    await fill(page, { user_name: name, email });
    await read();
    const { data } = await submit(page);
    const known = [email, name, data.invite_code];
    assert.ok((await welcomed(page)).includes(name));
    await understood(page, tag, known);
    await fits(page);
    await accessible(page);
    // What is written from left to right stays so within the text of the other direction.
    assert.equal(await page.locator("#user bdi[dir=ltr]", { hasText: String(data.id) }).count(), 1);

    for (const view of ["account", "profile", "identifiers", "leave", "sessions"]) {
      await page.evaluate((to) => { location.hash = to; }, view);
      await arrived(page, view);
      if (view === "sessions") await page.locator("#session-list li").first().waitFor();
      await understood(page, tag, known);
      await fits(page);
    }
    await accessible(page);
    await page.evaluate(() => { location.hash = "account"; });
    await answerTo(page, "/api/logout", () => page.locator("#logout").click());
    await arrived(page, "login", words[tag].login_title);
    await understood(page, tag, known);

    await read();
    await logIn(page, { "login-user_name": name, "login-password": password });
    await arrived(page, "account", words[tag].account_title);
    await understood(page, tag, known);
  });
}

scene("fits into 360 px in every language, with all that it may show at once", { on: "image", ...narrow }, async (page) => {
  await page.locator("#form").waitFor();
  assert.deepEqual((await page.locator("#language option").evaluateAll((all) => all.map(({ value }) => value))).sort(), [...tags].sort());
  for (const tag of tags) {
    await speak(page, tag);
    const cut = await page.evaluate(() => {
      const hidden = [...document.querySelectorAll("main [hidden]")];
      for (const element of hidden) element.hidden = false;
      const { scrollWidth, clientWidth } = document.documentElement;
      const wide = [...document.querySelectorAll("main button, main label, main a, main p, main legend ~ label span")]
        .filter((element) => element.checkVisibility() && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1)
        .map(({ textContent }) => textContent);
      for (const element of hidden) element.hidden = true;
      return [...wide, ...(scrollWidth > clientWidth ? [`${scrollWidth} px in ${clientWidth}`] : [])];
    });
    assert.deepEqual(cut, [], tag);
  }
});

scene("matches the language of the address, and stays in its own if one cannot be loaded", { path: "/?lang=zh-HK" }, async (page, { base, errors }) => {
  await page.locator("#form").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-TW");
  await page.goto(`${base}/?lang=pt-PT`);
  await page.locator("#form").waitFor();
  assert.equal(await page.title(), words["pt-BR"].title);
  // The texts do not come: the page says so in the language that it has, and tries again when it is chosen again.
  await page.route("**/pages/words/ko.json", (route) => route.abort());
  await page.locator("#language").selectOption("ko");
  await page.locator("#summary", { hasText: words["pt-BR"].language_failed }).waitFor();
  assert.equal(await page.locator("#language").inputValue(), "pt-BR");
  await page.unroute("**/pages/words/ko.json");
  await speak(page, "ko");
  assert.equal(await page.title(), words.ko.title);
  // Without any texts the page is in English.
  await page.route("**/pages/words/*.json", (route) => route.abort());
  await page.goto(`${base}/?lang=de`);
  await page.locator("#summary", { hasText: words.en.language_failed }).waitFor();
  assert.equal(await page.title(), words.en.title);
  // The browser reports the two requests that the test has ended.
  errors.splice(0, errors.length, ...errors.filter((error) => !error.includes("net::ERR_FAILED")));
});

scene("shows in English what the texts of an older replica lack", { path: "/?lang=de" }, async (page, { base }) => {
  await page.route("**/pages/words/de.json", (route) => route.fulfill({ json: { ...words.de, title: undefined } }));
  await page.goto(`${base}/?lang=de`);
  await page.locator("#form").waitFor();
  assert.equal(await page.title(), words.en.title);
  assert.equal(await page.locator("#submit").textContent(), words.de.submit);
});

scene("registers while the texts of a language load, and shows the language that was chosen last", { on: "image" }, async (page) => {
  const read = await reader(page);
  await page.reload();
  await choose(page, "name");
  const japanese = await hold(page, "**/pages/words/ja.json");
  const german = await hold(page, "**/pages/words/de.json");
  const language = page.locator("#language");
  const name = fresh("n");
  await fill(page, { password });
  await language.selectOption("ja");
  await japanese.held;
  await fill(page, { user_name: name });
  await language.selectOption("de");
  await german.held;
  german.release();
  await inLanguage(page, "de");
  // What arrives late stays unused: the person has chosen another language since. After some seconds the page gives it up.
  const ends = ["requestfinished", "requestfailed"].map((end) =>
    page.waitForEvent(end, (request) => request.url().endsWith("/pages/words/ja.json")));
  japanese.release();
  await Promise.any(ends);
  for (const end of ends) end.catch(() => undefined); // the one that does not come
  await read();
  const { data } = await submit(page);
  assert.equal(data.user_name, name);
  assert.ok((await welcomed(page)).includes(name));
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
});
