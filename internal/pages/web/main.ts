// The pages of Enroll: this file connects the views with what they share.
import type { Action } from "./action";
import type { App } from "./app";
import { CaptchaPanel } from "./captcha";
import { Holder } from "./holder";
import { find, make, showLines } from "./page";
import { home, Router } from "./route";
import { Account } from "./views/account";
import { Email } from "./views/email";
import { Forgotten } from "./views/forgotten";
import { Identifiers } from "./views/identifiers";
import { Leave } from "./views/leave";
import { Login } from "./views/login";
import { Password } from "./views/password";
import { Profile } from "./views/profile";
import { Register } from "./views/register";
import { Sessions } from "./views/sessions";
import { Welcome } from "./views/welcome";
import { chooseLanguage, directionOf, languages, load, say, show, shown } from "./words";

let chosen = chooseLanguage();
const loaded = await load(chosen);
show(loaded ? chosen : shown());

const actions: Action[] = [];
const captcha = new CaptchaPanel(() => actions.some((action) => action.working));
const holder: Holder = new Holder((said) => {
  // If the service ended the login, the next login leads back to this view.
  if (said === undefined) router.leave(() => say("session_ended"), router.named());
  else router.leave(said, home);
});
const router = new Router(holder);
const app: App = { holder, router, captcha, actions };

const login = new Login(app);
router.add("register", new Register(app));
router.add("welcome", new Welcome(app));
router.add("login", login);
router.add("forgotten", new Forgotten(app, login));
router.add("account", new Account(app));
router.add("profile", new Profile(app));
router.add("password-change", new Password(app));
router.add("email-verify", new Email(app));
router.add("identifiers", new Identifiers(app));
router.add("leave", new Leave(app));
router.add("sessions", new Sessions(app));

const select = find<HTMLSelectElement>("language");
for (const [tag, name] of languages()) {
  const option = make("option", name);
  option.value = option.lang = tag;
  option.dir = directionOf(tag);
  select.append(option);
}
find("languages").hidden = select.options.length < 2;

function translate(language: string): void {
  show(language);
  select.value = language;
  for (const action of actions) action.label();
  captcha.present();
  router.translate();
}

select.addEventListener("change", () => void change(select.value));

/** Changes the language. If its texts cannot be read, the page stays in the language that it has. */
async function change(language: string): Promise<void> {
  chosen = language;
  const loaded = await load(language);
  if (chosen !== language) return; // another one was chosen meanwhile
  if (!loaded) {
    chosen = select.value = shown();
    showLines(say("language_failed"));
    return;
  }
  // The language is in the address only, because the page stores nothing in the browser.
  const address = new URL(location.href);
  address.searchParams.set("lang", language);
  history.replaceState(null, "", address);
  translate(language);
}

// A proof of work begins when it is about to be needed.
find("main").addEventListener("focusin", ({ target }) => {
  if ((target as HTMLElement).closest("form")?.contains(find("captcha-block"))) captcha.prepare();
});

translate(shown());
router.run();
if (!loaded) showLines(say("language_failed"));
