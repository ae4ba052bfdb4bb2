// The sessions of a person, and the buttons that end them.
import type { LoginSession } from "enroll-client";
import { Action } from "../action";
import type { App } from "../app";
import { find, isolated, make, showLines, write } from "../page";
import { refusedAsWhole } from "../refusal";
import type { View } from "../route";
import { enroll } from "../service";
import { dates, say } from "../words";

export class Sessions implements View {
  readonly shownTo = "holder";
  private sessions: readonly LoginSession[] = [];
  /** The buttons by the ids of the sessions. A button that is at work stays when the list is written again. */
  private readonly buttons = new Map<string, { button: HTMLButtonElement; end: Action }>();
  private changes = 0; // by which an answer that is older than the end of a session is recognized

  constructor(private readonly app: App) {
    const others = new Action(find("end-others"), { rest: "end_others", work: "logging_out", wait: "submit_in" }, app.actions);
    find("end-others").addEventListener("click", () => void others.run(() => this.endOthers()));
  }

  title(): string {
    return say("sessions_title");
  }

  enter(): void {
    find("sessions-done").textContent = "";
    void this.load();
  }

  translate(): void {
    find("session-list").replaceChildren(...this.sessions.map((session) => this.item(session)));
    find("end-others").hidden = this.sessions.every(({ current }) => current);
  }

  clear(): void {
    this.sessions = [];
    this.buttons.clear();
    this.translate();
    find("sessions-done").textContent = "";
  }

  private async load(): Promise<void> {
    const changes = ++this.changes;
    const answer = await this.app.holder.ask((call) => enroll.listSessions(call));
    if (!answer || this.changes !== changes) return;
    if (!answer.ok) {
      if (this.app.router.named() === "sessions") refusedAsWhole(answer);
      return;
    }
    this.sessions = answer.data.sessions;
    this.translate();
  }

  private item(session: LoginSession): HTMLElement {
    const client = session.client || say("client_unknown");
    const when = dates({ dateStyle: "medium", timeStyle: "short" });
    const date = (seconds: number) => when.format(seconds * 1000);
    const facts = [
      session.network && say("session_network", { network: session.network }),
      say("session_created", { date: date(session.created_time) }),
      say("session_used", { date: date(session.last_used_time) }),
    ].filter((fact) => fact !== "");
    const text = make("div", make("strong", isolated(client, "auto")), ...facts.map((fact) => make("span", fact)));
    if (session.current) {
      const mark = make("em", say("session_current"));
      return make("li", text, mark);
    }
    const { button, end } = this.buttons.get(session.id) ?? this.button(session);
    end.label();
    button.setAttribute("aria-label", say("end_session_of", { client }));
    return make("li", text, button);
  }

  private button(session: LoginSession): { button: HTMLButtonElement; end: Action } {
    const button = make("button");
    button.type = "button";
    button.className = "side";
    const end = new Action(button, { rest: "end_session", work: "ending_session", wait: "submit_in" }, []);
    button.addEventListener("click", () => void end.run(() => this.end(session)));
    this.buttons.set(session.id, { button, end });
    return { button, end };
  }

  private async end(session: LoginSession): Promise<number | undefined> {
    showLines();
    const answer = await this.app.holder.ask((call) => enroll.endSession(session.id, call));
    if (!answer) return undefined;
    if (!answer.ok) return refusedAsWhole(answer);
    this.remove(({ id }) => id !== session.id, answer.msg);
    return undefined;
  }

  private async endOthers(): Promise<number | undefined> {
    showLines();
    const answer = await this.app.holder.ask((call) => enroll.endOtherSessions(call));
    if (!answer) return undefined;
    if (!answer.ok) return refusedAsWhole(answer);
    this.remove(({ current }) => current, answer.msg);
    return undefined;
  }

  /** Shows the remaining sessions and a message. The pressed button is gone, so the focus goes to the heading. */
  private remove(keep: (session: LoginSession) => boolean, msg: string): void {
    this.changes++;
    this.sessions = this.sessions.filter(keep);
    this.translate();
    write(find("sessions-done"), msg);
    find("title").focus();
  }
}
