// A button that does one thing at a time.
import { say, type Word } from "./words";

/** The words of a button at rest, at work, and while it waits (`{n}`: seconds). */
export interface Labels {
  readonly rest: Word;
  readonly work: Word;
  readonly wait: Word;
}

/**
 * A button that cannot be pressed twice, nor while another button of its group is
 * at work: their tasks would spend the same captcha. It is never `disabled`, which
 * would take the focus from a person at the keyboard, but its label shows the state, and a press does nothing.
 */
export class Action {
  private state: "rest" | "work" | "wait" = "rest";
  private until = 0;
  private timer = 0;

  constructor(private readonly button: HTMLButtonElement, private readonly labels: Labels, private readonly group: Action[]) {
    group.push(this);
    this.label();
  }

  /** Runs a task, unless the group runs one already or it is too early. The task may return the seconds to wait. */
  async run(task: () => Promise<number | undefined>): Promise<void> {
    if (this.state !== "rest" || this.blocked()) return;
    this.enter("work");
    let seconds: number | undefined;
    try {
      seconds = await task();
    } finally {
      this.enter("rest");
      if (seconds) this.wait(seconds);
    }
  }

  /** Ends the wait, because the button would do something else now. */
  rest(): void {
    if (this.state !== "wait") return;
    clearInterval(this.timer);
    this.enter("rest");
  }

  /** Whether the task of this button runs. */
  get working(): boolean {
    return this.state === "work";
  }

  /** Shows the state in the page's language. */
  label(): void {
    const n = Math.max(1, Math.ceil((this.until - Date.now()) / 1000));
    this.button.textContent = say(this.labels[this.state], { n });
    this.button.setAttribute("aria-disabled", String(this.state !== "rest" || this.blocked()));
    this.button.setAttribute("aria-busy", String(this.state === "work"));
  }

  private enter(state: "rest" | "work" | "wait"): void {
    this.state = state;
    for (const one of this.group) one.label();
  }

  private blocked(): boolean {
    return this.group.some((other) => other !== this && other.state === "work");
  }

  /**
   * Waits without a task, because that of another button has begun the wait. The end is a time of the clock, because a
   * browser slows down the timers of a page in the background.
   */
  wait(seconds: number): void {
    this.until = Date.now() + seconds * 1000;
    this.enter("wait");
    clearInterval(this.timer);
    this.timer = window.setInterval(() => {
      if (Date.now() < this.until) return this.label();
      clearInterval(this.timer);
      this.enter("rest");
    }, 250);
  }
}
