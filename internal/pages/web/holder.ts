// The login. The token is in the memory of this page and nowhere else, so that no other
// script and no later person at this browser finds it.
import type { Answer, OperationId, User, UserOptions } from "enroll-client";
import { shown } from "./words";

type Call<A> = (options: UserOptions) => Promise<A>;

/** Reasons that say that the token is good no more. */
const ends: ReadonlySet<string> = new Set(["token_missing", "token_invalid", "token_expired"]);

export class Holder {
  private current: User | undefined;
  private token = "";
  private logins = 0; // tells one login from the next

  /** `ended` runs when the login has ended. It gets what the service said, or nothing if the service ended it. */
  constructor(private readonly ended: (said: string | undefined) => void) {}

  /** The user as the service last told, or undefined without a login. */
  get user(): User | undefined {
    return this.current;
  }

  /** Begins with a user that has registered or logged in. */
  begin(user: User): void {
    this.logins++;
    this.current = user;
    this.token = user.token;
  }

  /** Takes a newer version of the user. */
  update(user: User): void {
    if (this.current) this.current = user;
  }

  /** Forgets the user and the token, and says so in words of the service, or of the page. */
  forget(said?: string): void {
    this.logins++;
    this.current = undefined;
    this.token = "";
    this.ended(said);
  }

  /**
   * Calls an operation with the token, and takes the fresh one that an answer may bring. It
   * returns undefined if the login has ended meanwhile: then there is nothing left to show.
   */
  async ask<A extends Answer<unknown, OperationId>>(call: Call<A>): Promise<A | undefined> {
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
