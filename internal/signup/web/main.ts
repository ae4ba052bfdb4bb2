// The sign-up page: what happens when. The other files know how.
import { createClient, newIdempotencyKey, type Answer, type RegisterRequest, type User } from "enroll-client";
import { Action } from "./action";
import { CaptchaPanel } from "./captcha";
import { clearFault, clearFaults, find, method, missing, showFaults, showMethod, typed } from "./form";
import { welcome } from "./next";
import { showStrength } from "./strength";
import { chooseLanguage, say, show, shown, type Language } from "./words";

// Where the service is: this host, or what <html data-api> says.
const enroll = createClient({ baseUrl: document.documentElement.dataset.api ?? "" });

const form = find<HTMLFormElement>("form");
const password = find<HTMLInputElement>("password");
const reveal = find<HTMLButtonElement>("show");
const sent = find("code-hint");

show(chooseLanguage());
const actions: Action[] = [];
const submit = new Action(find("submit"), { rest: "submit", work: "submitting", wait: "submit_in" }, actions);
const send = new Action(find("send"), { rest: "send", work: "sending", wait: "send_in" }, actions);
const captcha = new CaptchaPanel(enroll, ["register"], () => actions.some((action) => action.working));
let user: User | undefined;

/** A registration and the key under which it may be repeated. */
let attempt = { body: "", key: "" };

/** The same words keep their key: after a lost answer, pressing again cannot make a second account. */
function keyOf(body: RegisterRequest): string {
  const text = JSON.stringify(body);
  if (attempt.body !== text) attempt = { body: text, key: newIdempotencyKey() };
  return attempt.key;
}

async function register(): Promise<number | undefined> {
  // What was shown when the button was pressed; the person may go on typing.
  const body: RegisterRequest = typed();
  const missed = missing();
  await captcha.ready();
  const faults = [...missed, ...captcha.missing("register")];
  if (faults.length > 0) {
    showFaults(faults);
    return undefined;
  }
  clearFaults();
  sent.textContent = "";
  const proof = await captcha.proof("register");
  const answer = await enroll.register({ ...body, ...proof }, { idempotencyKey: keyOf(body), locale: shown() });
  if (answer.ok) {
    user = answer.data;
    finish(user);
    return undefined;
  }
  captcha.settle(answer.reason);
  return refused(answer);
}

async function sendCode(): Promise<number | undefined> {
  const phone = typed().phone ?? "";
  const missed = missing("phone");
  await captcha.ready();
  const faults = [...missed, ...captcha.missing("verify_phone")];
  if (faults.length > 0) {
    showFaults(faults);
    return undefined;
  }
  clearFaults();
  sent.textContent = "";
  const proof = await captcha.proof("verify_phone");
  const answer = await enroll.sendPhoneCode({ phone, purpose: "register", ...proof }, { locale: shown() });
  if (!answer.ok) {
    captcha.settle(answer.reason);
    return refused(answer);
  }
  void captcha.renew();
  sent.textContent = captcha.isImage("register") ? say("sent_picture", { msg: answer.msg }) : answer.msg;
  find("code").focus();
  return answer.data.retry_after;
}

/** Says why, where it belongs, and returns the seconds to wait. */
function refused(answer: Exclude<Answer<unknown, "register" | "sendPhoneCode">, { ok: true }>): number | undefined {
  switch (answer.reason) {
    case "no_answer":
      showFaults([], say(navigator.onLine ? "no_answer" : "offline"));
      break;
    case "internal":
      showFaults([], answer.msg, say("request", { id: answer.requestId }));
      break;
    default:
      // The service names the fields that are wrong. A refusal that names none is about the whole form.
      showFaults(captcha.reword(answer.errors), ...(answer.errors.length > 0 ? [] : [answer.msg]));
      if (answer.errors.some(({ field }) => field === "invite_code")) find<HTMLDetailsElement>("invitation").open = true;
  }
  return answer.retryAfter;
}

function finish(registered: User): void {
  form.hidden = find("title").hidden = true;
  form.reset(); // the next person at this browser must not find the password
  greet(registered);
  find("welcome").hidden = false;
  find("welcome-title").focus();
}

function greet(registered: User): void {
  const title = find("welcome-title");
  welcome(registered, title, find("user"), find("next"));
  document.title = title.textContent ?? "";
}

/** Shows what belongs to the chosen method. */
function follow(): void {
  showMethod();
  showStrength(password.value, find("meter"), find("password-hint"));
  void captcha.ask(method() === "name" ? ["register"] : ["verify_phone", "register"]).then(() => {
    if (form.contains(document.activeElement)) captcha.prepare();
  });
}

function translate(language: Language): void {
  show(language);
  const other = find("language");
  [other.textContent, other.lang] = language === "en" ? ["中文", "zh-CN"] : ["English", "en"];
  reveal.textContent = say(password.type === "password" ? "show" : "hide");
  showStrength(password.value, find("meter"), find("password-hint"));
  submit.label();
  send.label();
  captcha.present();
  if (user) greet(user);
}

find("language").addEventListener("click", () => {
  const language = shown() === "en" ? "zh-CN" : "en";
  // In the address and nowhere else: the page keeps nothing in the browser.
  const address = new URL(location.href);
  address.searchParams.set("lang", language);
  history.replaceState(null, "", address);
  translate(language);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void submit.run(register);
});

find("send").addEventListener("click", () => void send.run(sendCode));

form.addEventListener("input", (event) => {
  const input = event.target as HTMLInputElement;
  clearFault(input);
  if (input.name === "phone") sent.textContent = ""; // the code went to another one
  if (input === password) showStrength(password.value, find("meter"), find("password-hint"));
});

form.addEventListener("change", (event) => {
  if ((event.target as HTMLInputElement).name !== "method") return;
  clearFaults();
  follow();
});

// Back and Forward restore what was chosen and typed, after this script and without an event.
window.addEventListener("pageshow", follow);

// A proof of work begins when somebody is about to need it.
form.addEventListener("focusin", () => captcha.prepare());

reveal.addEventListener("click", () => {
  const hidden = password.type === "password";
  password.type = hidden ? "text" : "password";
  reveal.setAttribute("aria-pressed", String(hidden));
  reveal.textContent = say(hidden ? "hide" : "show");
  password.focus();
});

const invitation = new URLSearchParams(location.search).get("invite");
if (invitation) {
  find<HTMLInputElement>("invite_code").value = invitation;
  find<HTMLDetailsElement>("invitation").open = true;
}

translate(shown());
follow();
form.hidden = false;
