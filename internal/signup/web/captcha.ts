// The captcha, of whichever kind the deployment has chosen.
import type { Captcha, CaptchaOperation, Client } from "enroll-client";
import { find } from "./form";
import { say, shown, type Word } from "./words";

/** What a request carries to show that a captcha was solved. */
export interface Proof {
  captcha_id?: string;
  captcha?: string;
}

/** Milliseconds for which a challenge is used; the service accepts it for five minutes. */
const freshFor = 4 * 60_000;

const image = find("captcha-image");
const picture = find<HTMLImageElement>("picture");
const input = find<HTMLInputElement>("captcha");
const hint = find("captcha-hint");
const work = find("captcha-work");

/**
 * Gets a challenge, shows it, and gets the next one when it has been used: each
 * is good for one attempt, right or wrong. A team that uses the widget of a third
 * party shows it in {@link present} and answers its token in {@link proof}.
 */
export class CaptchaPanel {
  private challenge: Captcha | undefined; // undefined: to be fetched
  private type: Captcha["captcha_type"]; // of the last one, as a deployment rarely changes it
  private issued = 0;
  private solution: Promise<string> | undefined;
  private worker: Worker | undefined;
  private voice: HTMLAudioElement | undefined;

  constructor(private readonly enroll: Client, private operations: readonly CaptchaOperation[]) {
    find("refresh").addEventListener("click", () => void this.refresh());
    find("listen").addEventListener("click", () => void this.listen());
  }

  /** The operations that the person may do next; the challenge is shown if one of them asks for it. */
  async ask(operations: readonly CaptchaOperation[]): Promise<void> {
    this.operations = operations;
    if (this.challenge) this.present();
    else await this.renew();
  }

  /** Gets a new challenge. What was typed for the last one is of no use any more. */
  async renew(): Promise<void> {
    this.worker?.terminate();
    this.voice?.pause();
    this.voice = this.solution = undefined;
    input.value = "";
    const answer = await this.enroll.getCaptcha({ locale: shown() });
    this.challenge = answer.ok ? answer.data : undefined;
    this.issued = Date.now();
    if (answer.ok) {
      this.type = answer.data.captcha_type;
      this.present();
    } else {
      picture.removeAttribute("src");
      hint.textContent = answer.reason === "no_answer" ? say("no_captcha") : answer.msg;
    }
  }

  /** Tries once more, where none could be had before. */
  async ready(): Promise<void> {
    // One that has run out is not worth sending; a person may still be at theirs.
    const late = this.type === "pow" && Date.now() - this.issued > freshFor;
    if (!this.challenge || late) await this.renew();
  }

  /** Whether the person has something to type for an operation. */
  isImage(operation: CaptchaOperation): boolean {
    return this.asks(operation) && this.challenge?.captcha_type === "image";
  }

  /** The proof for an operation, empty where none is asked for, or if it failed: the service then says so. */
  async proof(operation: CaptchaOperation): Promise<Proof> {
    const { challenge } = this;
    if (!challenge || !this.asks(operation)) return {};
    const id = challenge.captcha_id === undefined ? {} : { captcha_id: challenge.captcha_id };
    switch (challenge.captcha_type) {
      case "image":
        return { ...id, captcha: input.value.trim() };
      case "pow":
        try {
          return { ...id, captcha: await (this.solution ??= this.solve(challenge)) };
        } catch {
          return {};
        }
      default:
        return {};
    }
  }

  /** Begins a proof of work, so that it is done when it is needed. */
  prepare(): void {
    if (this.challenge?.captcha_type === "pow" && this.operations.some((one) => this.asks(one))) {
      this.solution ??= this.solve(this.challenge);
      this.solution.catch(() => undefined); // proof() meets the same failure
    }
  }

  /** Says everything again in the page's language. */
  present(): void {
    const type = this.operations.some((one) => this.asks(one)) ? this.challenge?.captcha_type : undefined;
    image.hidden = type !== "image";
    hint.textContent = say("captcha_hint");
    if (type === "image") picture.src = this.challenge?.captcha ?? "";
    picture.alt = say("picture");
    work.hidden = type === undefined || type === "image";
    if (type !== undefined && type !== "image" && type !== "pow") tell("no_widget");
    else if (work.dataset.text) tell(work.dataset.text as Word);
  }

  private asks(operation: CaptchaOperation): boolean {
    return this.challenge?.captcha_off === false && (this.challenge.captcha_on ?? []).includes(operation);
  }

  private async refresh(): Promise<void> {
    await this.renew();
    moveOn("refresh");
  }

  private async listen(): Promise<void> {
    const id = this.challenge?.captcha_id;
    if (!id) return;
    if (!this.voice) {
      const answer = await this.enroll.getCaptchaAudio(id, { locale: shown() });
      if (!answer.ok) {
        hint.textContent = answer.reason === "no_answer" ? say("no_captcha") : answer.msg;
        return;
      }
      this.voice = new Audio(answer.data.captcha_audio);
    }
    this.voice.currentTime = 0;
    await this.voice.play().catch(() => undefined);
    moveOn("listen");
  }

  // Half a second of work at most times: in a worker, so that the page stays alive.
  private solve({ salt, bits, puzzles }: Captcha): Promise<string> {
    tell("checking");
    return new Promise<string>((resolve, reject) => {
      this.worker = new Worker("pow.js");
      this.worker.onmessage = ({ data }: MessageEvent<string>) => {
        tell("checked");
        resolve(data);
      };
      this.worker.onerror = () => {
        tell("check_failed");
        reject(new Error("pow.js"));
      };
      this.worker.postMessage({ salt, bits, puzzles });
    });
  }
}

/** From a button to the field that it serves, unless the person has moved on: they may be typing a password by now. */
function moveOn(button: string): void {
  if (document.activeElement?.id === button) input.focus();
}

/** Remembers the word too, for the other language. */
function tell(word: Word): void {
  work.dataset.text = word;
  work.textContent = say(word);
}
