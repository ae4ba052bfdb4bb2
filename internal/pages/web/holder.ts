// The login. The token is in the memory of this page and nowhere else, so that no other
// script and no later person at this browser finds it.
import type { Answer, OperationId, User, UserOptions } from "enroll-client";
import { shown } from "./words";

type Call<A> = (options: UserOptions) => Promise<A>;

/** Reasons which mean that the token is no longer valid. */
const ends: ReadonlySet<string> = new Set(["token_missing", "token_invalid", "token_expired"]);

export class Holder {
  private current: User | undefined;
  private token = "";
  private logins = 0; // tells one login from the next
  private versions = 0; // tells one state of the user from the next
  private last: Promise<unknown> | undefined; // the call after which the token is no longer valid

  /** `ended` runs when the login has ended. Its argument is the message of the end, or undefined if the service ended the login. */
  constructor(private readonly ended: (said: string | undefined) => void) {}

  /** The user by the last answer of the service, or undefined without a login. */
  get user(): User | undefined {
    return this.current;
  }

  /** Begins with a user that has registered or logged in. */
  begin(user: User): void {
    this.logins++;
    this.current = user;
    this.token = user.token;
  }

  /** Stores a newer version of the user. */
  update(user: User): void {
    this.versions++;
    if (this.current) this.current = user;
  }

  /**
   * Reads the user. It returns undefined as `ask` does, and if the user has been changed meanwhile: then the answer
   * may be older than what is shown.
   */
  async read<A extends Answer<unknown, OperationId>>(call: Call<A>): Promise<A | undefined> {
    const { versions } = this;
    const answer = await this.ask(call);
    return this.versions === versions ? answer : undefined;
  }

  /**
   * Calls an operation after which the token is no longer valid. Other calls wait for its answer: theirs could
   * come first, say that the token is not valid, and end the login before the person learns what was done.
   */
  async end<A extends Answer<unknown, OperationId>>(call: Call<A>): Promise<A | undefined> {
    let goOn = (): void => undefined;
    this.last = new Promise<void>((resolve) => { goOn = resolve; });
    try {
      return await this.send(call);
    } finally {
      setTimeout(goOn); // when the caller has taken the answer, and with it a new token
    }
  }

  /** Forgets the user and the token, and shows `said`, or a message of the page. */
  forget(said?: string): void {
    this.logins++;
    this.current = undefined;
    this.token = "";
    this.ended(said);
  }

  /**
   * Calls an operation with the token, and stores a fresh token from the answer. It returns
   * undefined if the login has ended meanwhile: then there is nothing to show.
   */
  async ask<A extends Answer<unknown, OperationId>>(call: Call<A>): Promise<A | undefined> {
    await this.last;
    return this.send(call);
  }

  private async send<A extends Answer<unknown, OperationId>>(call: Call<A>): Promise<A | undefined> {
    const { token, logins } = this;
    if (!this.current) return undefined;
    const answer = await call({ token, locale: shown() });
    // Another person may be logged in by now, and this answer is not about them.
    if (this.logins !== logins) return undefined;
    if (answer.ok) {
      if (answer.updateToken !== undefined) this.token = answer.updateToken;
    } else if (ends.has(answer.reason)) {
      this.forget();
      return undefined;
    }
    return answer;
  }
}
