// The captcha, of the kind that the deployment has chosen.
import type { Captcha, CaptchaOperation, FieldError } from "enroll-client";
import type { ShownError } from "./form";
import { find } from "./page";
import { enroll } from "./service";
import { say, shown, type Word } from "./words";

/** The fields of a request that prove a solved captcha. */
export interface Proof {
  captcha_id?: string;
  captcha?: string;
}

/** A challenge with its own solution, worker and sound. */
interface Challenge {
  readonly asked: Captcha;
  readonly issued: number;
  solution?: Promise<string>;
  worker?: Worker;
  voice?: HTMLAudioElement;
}

/** `life`: milliseconds for which the service accepts a challenge. `freshFor`: those after which the page gets a new one. */
const life = 5 * 60_000;
const freshFor = life - 60_000;

/**
 * Reasons that the service gives before it spends the captcha, so that the next attempt may
 * use it. With any other reason, or without an answer, the captcha may be spent. It is spent
 * before `password_common` if the service looks breached passwords up.
 */
const unspent: ReadonlySet<string> = new Set([
  "invalid_request", "malformed_json", "body_too_large", "unsupported_media_type", "rate_limited", "site_unknown",
  "site_ambiguous", "registration_incomplete", "phone_not_offered", "idempotency_in_progress", "idempotency_key_reused",
  "user_name_too_short", "user_name_too_long", "user_name_character", "user_name_mixed_scripts", "user_name_digits",
  "user_name_reserved", "password_too_short", "password_too_long", "password_context", "email_invalid",
  "email_too_long", "phone_invalid", "phone_not_mobile", "phone_country", "real_name_invalid", "avatar_url_invalid",
  "login_incomplete", "reset_incomplete", "email_not_offered", "user_name_not_offered", "signup_closed",
  "email_domain", "terms_required", "too_young", "birthday_invalid",
]);

const block = find("captcha-block");
const image = find("captcha-image");
const picture = find<HTMLImageElement>("picture");
const input = find<HTMLInputElement>("captcha");
const hint = find("captcha-hint");
const work = find("captcha-work");

/**
 * Gets a challenge, shows it, and gets the next one when the challenge has been spent:
 * its answer is checked once, right or wrong. A team that uses the widget of a third
 * party shows it in {@link present} and returns its token in {@link proof}.
 */
export class CaptchaPanel {
  private challenge: Challenge | undefined; // undefined while the next one loads, or if it could not be loaded
  private loading: Promise<void> | undefined;
  private asked: Captcha | undefined; // the last one: the settings of a deployment rarely change
  private operations: readonly CaptchaOperation[] = [];

  /** `busy` returns true while an attempt runs, which may be about to send the challenge. */
  constructor(private readonly busy: () => boolean) {
    find("refresh").addEventListener("click", () => void this.refresh());
    find("listen").addEventListener("click", () => void this.listen());
    window.setInterval(() => this.freshen(), 5000);
    document.addEventListener("visibilitychange", () => this.freshen());
  }

  /** Sets the operations that come next, and their form. The challenge is shown in it if one of them asks for it. */
  async ask(form: HTMLFormElement, operations: readonly CaptchaOperation[]): Promise<void> {
    const slot = form.querySelector("[data-captcha]");
    // A move takes the focus away from the block, so it is moved only to another form.
    if (slot && block.parentElement !== slot) slot.append(block);
    this.operations = operations;
    this.present();
    if (!this.challenge && operations.length > 0) await (this.loading ?? this.renew());
    if (form.contains(document.activeElement)) this.prepare();
  }

  /**
   * Gets a new challenge. The old one is gone at once, with its picture, its sound and
   * what was typed for it, so that nothing of it is used with the next one.
   */
  renew(): Promise<void> {
    this.drop();
    const loading: Promise<void> = this.load(() => this.loading === loading);
    this.loading = loading;
    this.present();
    return loading;
  }

  /** After a success: the challenge is spent, and the next form gets another one. */
  spend(): void {
    this.drop();
    this.loading = undefined;
    this.present();
  }

  /** Waits for a challenge that loads. Gets a new one if there is none, or if it is too old to be sent. */
  async ready(): Promise<void> {
    await this.loading;
    // A person may have just typed the digits of an old picture, so a picture is used as long as it is valid.
    if (!this.challenge || this.age() > (hasPicture(this.challenge.asked) ? life : freshFor)) await this.renew();
  }

  /** After a refusal: keeps a challenge that was certainly not spent, and gets a new one otherwise. */
  settle(reason: string, operation: CaptchaOperation): void {
    // The account's own name may be in a new password, and the account is known only after its code.
    const late = operation === "password_reset" && reason === "password_context";
    // A registration compares the terms before it spends anything, and a login only after right credentials.
    const early = operation === "register" && reason === "terms_outdated";
    // The provider refuses an address for the same reason as the rules do, but after the captcha was spent.
    const sent = operation === "verify_phone" && reason === "phone_not_mobile" ||
      operation === "verify_email" && reason === "email_invalid";
    if (late || sent || !early && !unspent.has(reason)) void this.renew();
  }

  /** Returns the message after a code was sent. If a picture comes next, it adds that there is a new one. */
  afterCode(msg: string, then: CaptchaOperation | undefined): string {
    return then && this.isImage(then) ? say("sent_picture", { msg }) : msg;
  }

  /** Returns a field error if the operation needs the digits of a picture and none are typed. */
  missing(operation: CaptchaOperation): ShownError[] {
    return this.isImage(operation) && input.value.trim() === "" ? [{ field: "captcha", msg: say("needed") }] : [];
  }

  /** Whether an operation needs the digits of a picture. */
  isImage(operation: CaptchaOperation): boolean {
    return this.asks(operation) && hasPicture(this.asked);
  }

  /**
   * Returns the proof of the challenge for an operation. It is empty if the operation needs no captcha, or if
   * the challenge could not be solved: the service then refuses the request. After the request, call settle
   * for a refusal, and spend or renew for a success.
   */
  async proof(operation: CaptchaOperation): Promise<Proof> {
    const { challenge } = this;
    if (!challenge || !this.asks(operation)) return {};
    const { captcha_id } = challenge.asked;
    const id = captcha_id === undefined ? {} : { captcha_id };
    const typed = hasPicture(challenge.asked) ? [input.value.trim()] : [];
    if (!hasWork(challenge.asked)) return typed.length > 0 ? { ...id, captcha: typed.join() } : {};
    try {
      return { ...id, captcha: [...typed, await (challenge.solution ??= solve(challenge))].join(":") };
    } catch {
      return {};
    }
  }

  /** Begins a proof of work early, so that it is complete when it is needed. */
  prepare(): void {
    const { challenge } = this;
    if (!challenge || !hasWork(challenge.asked) || !this.operations.some((one) => this.asks(one))) return;
    challenge.solution ??= solve(challenge);
    challenge.solution.catch(() => undefined); // proof() handles the same failure
  }

  /** The errors, with texts of this page for those about the captcha, because the page already shows the next captcha. */
  reword(errors: readonly FieldError[]): ShownError[] {
    const words: Record<string, Word> = hasPicture(this.asked)
      ? { captcha_required: "captcha_required", captcha_wrong: "captcha_wrong" }
      : { captcha_required: "check_again", captcha_wrong: "check_again" };
    return errors.map((error) => {
      const word = words[error.reason];
      return word ? { ...error, msg: say(word) } : error;
    });
  }

  /** Shows the challenge, in the page's language. */
  present(): void {
    const asked = this.operations.some((one) => this.asks(one)) ? this.asked : undefined;
    block.setAttribute("aria-busy", String(this.loading !== undefined));
    image.hidden = !hasPicture(asked);
    hint.textContent = say(this.challenge ? "captcha_hint" : "captcha_loading");
    const source = hasPicture(asked) ? this.challenge?.asked.captcha : undefined;
    if (picture.getAttribute("src") !== (source ?? null)) {
      // The typed digits are those of another picture.
      input.value = "";
      if (source) picture.src = source;
      else picture.removeAttribute("src");
    }
    picture.alt = source ? say("picture") : "";
    const shows = hasPicture(asked) || hasWork(asked);
    work.hidden = asked === undefined || shows && !hasWork(asked);
    if (asked !== undefined && !shows) tell("no_widget");
    else if (work.dataset.text) tell(work.dataset.text as Word);
  }

  /** Ends the challenge, its worker and its sound. */
  private drop(): void {
    this.challenge?.worker?.terminate();
    this.challenge?.voice?.pause();
    this.challenge = undefined;
  }

  private async load(isNewest: () => boolean): Promise<void> {
    const answer = await enroll.getCaptcha({ locale: shown() });
    if (!isNewest()) return this.loading; // a newer request has replaced this one
    this.loading = undefined;
    if (answer.ok) {
      this.asked = answer.data;
      this.challenge = { asked: answer.data, issued: Date.now() };
    }
    this.present();
    if (!answer.ok) hint.textContent = answer.reason === "no_answer" ? say("no_captcha") : answer.msg;
    else if (document.activeElement?.closest("form")) this.prepare();
  }

  private age(): number {
    return this.challenge ? Date.now() - this.challenge.issued : 0;
  }

  /**
   * Gets another picture when the shown one is about to expire, unless a person uses it: digits
   * are typed, or the sound plays. A page in the background gets none.
   */
  private freshen(): void {
    const { challenge } = this;
    if (!challenge || image.hidden || document.hidden || this.busy()) return;
    const used = input.value !== "" || challenge.voice?.paused === false;
    if (this.age() > (used ? life : freshFor)) void this.renew();
  }

  private asks(operation: CaptchaOperation): boolean {
    return this.asked?.captcha_off === false && (this.asked.captcha_on ?? []).includes(operation);
  }

  private async refresh(): Promise<void> {
    await this.renew();
    moveOn("refresh");
  }

  private async listen(): Promise<void> {
    const { challenge } = this;
    const id = challenge?.asked.captcha_id;
    if (!challenge || !id) return;
    if (!challenge.voice) {
      const proof = await solveSound(challenge.asked);
      if (challenge !== this.challenge) return; // there is another picture by now
      const answer = await enroll.getCaptchaAudio(id, proof, { locale: shown() });
      if (challenge !== this.challenge) return; // there is another picture by now
      if (!answer.ok) {
        hint.textContent = answer.reason === "no_answer" ? say("no_captcha") : answer.msg;
        return;
      }
      challenge.voice ??= new Audio(answer.data.captcha_audio);
    }
    challenge.voice.currentTime = 0;
    await challenge.voice.play().catch(() => undefined);
    moveOn("listen");
  }
}

/** Whether a challenge, or the kind that the deployment asks for, has a picture. */
function hasPicture(asked: Captcha | undefined): boolean {
  return asked?.captcha_type === "image" || asked?.captcha_type === "image+pow";
}

/** Whether a challenge, or the kind that the deployment asks for, has a proof of work. */
function hasWork(asked: Captcha | undefined): boolean {
  return asked?.captcha_type === "pow" || asked?.captcha_type === "image+pow";
}

/** Solves the proof of work that a sound needs, in a worker of its own. "" if the worker cannot be loaded. */
function solveSound({ audio_salt: salt, audio_bits: bits, audio_puzzles: puzzles }: Captcha): Promise<string> {
  return new Promise<string>((resolve) => {
    const worker = new Worker("pow.js");
    const end = (proof: string): void => {
      worker.terminate();
      resolve(proof);
    };
    worker.onmessage = ({ data }: MessageEvent<string>) => end(data);
    worker.onerror = () => end("");
    worker.postMessage({ salt, bits, puzzles });
  });
}

/** Solves a proof of work, which usually takes about half a second, in a worker, so that the page does not freeze. */
function solve(challenge: Challenge): Promise<string> {
  const { salt, bits, puzzles } = challenge.asked;
  tell("checking");
  return new Promise<string>((resolve, reject) => {
    const worker = challenge.worker = new Worker("pow.js");
    worker.onmessage = ({ data }: MessageEvent<string>) => {
      tell("checked");
      resolve(data);
    };
    worker.onerror = () => {
      tell("check_failed");
      reject(new Error("pow.js"));
    };
    worker.postMessage({ salt, bits, puzzles });
  });
}

/** Moves the focus from a button to the field of the digits, unless the person has moved it, perhaps to a password. */
function moveOn(button: string): void {
  if (document.activeElement?.id === button) input.focus();
}

/** Shows a word and remembers it, for a change of the language. */
function tell(word: Word): void {
  work.dataset.text = word;
  work.textContent = say(word);
}
