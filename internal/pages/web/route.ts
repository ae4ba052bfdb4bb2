// Which view is shown. Each has a fragment of its own (`#login`), so that Back, Forward,
// a bookmark and a reload work with one document: no server has to know the views, the
// links of the document stay right below any path, and the part after # is in no log.
import type { Holder } from "./holder";
import { find, showLines, write } from "./page";
import { say } from "./words";

/** A part of the page with a heading of its own. */
export interface View {
  /** `holder`: only with a login; `guest`: only without one. */
  readonly shownTo: "guest" | "holder";
  /** The heading, which is also the title of the browser's tab. */
  title(): string;
  /** Fills the view when it is shown. */
  enter(): void;
  /** Writes what index.html does not have, in the page's language. */
  translate(): void;
  /** Removes the data of a person from the view. */
  clear(): void;
}

/** The first view without a login, and the first view after a login. */
const start = "register";
export const home = "account";

const title = find("title");
const notice = find("status");

/** The message above the next view. A text of the page follows its language, a text of the service stays as it came. */
type Notice = string | (() => string);

export class Router {
  private readonly views = new Map<string, View>();
  private shown: View | undefined;
  private wanted = home; // the view after the next login
  private next: Notice = ""; // the message of the next view
  private notice: Notice = "";

  constructor(private readonly holder: Holder) {}

  add(name: string, view: View): void {
    this.views.set(name, view);
  }

  /** Shows the view that the address names, and follows the address from now on. */
  run(): void {
    this.show();
    window.addEventListener("hashchange", () => {
      // go() has shown this view already: do not enter it twice.
      if (this.views.get(this.named()) !== this.shown) this.move();
    });
    // Back and Forward restore what was chosen and typed, after the scripts and without an event.
    window.addEventListener("pageshow", () => this.shown?.enter());
  }

  /** Goes to a view and shows a message above it. */
  go(name: string, notice: Notice = ""): void {
    this.next = notice;
    if (this.named() !== name) location.hash = name;
    // Do not wait for the event: until then an emptied form would be shown, with a button that can be pressed.
    this.move();
  }

  /**
   * Goes on from a view whose task is done. A person that left it meanwhile stays where they are, with what is
   * typed there, and reads the message above it.
   */
  done(view: string, name: string, said: string): void {
    if (this.named() === view) return this.go(name, said);
    this.notice = said;
    notice.hidden = false;
    write(notice, said);
  }

  /** Goes to the view that the person wanted before the login, and shows a message above it. */
  goOn(notice: Notice): void {
    this.go(this.wanted, notice);
    this.wanted = home;
  }

  /** Removes all data of the person after the end of a login. The next login leads to `wanted`. */
  leave(notice: Notice, wanted: string): void {
    this.want(wanted);
    for (const view of this.views.values()) view.clear();
    this.go("login", notice);
  }

  /** Writes the view in the page's language. */
  translate(): void {
    title.textContent = document.title = this.shown?.title() ?? "";
    if (typeof this.notice === "function") notice.textContent = this.notice();
    this.shown?.translate();
  }

  /** Shows the view of the address after another one. A screen reader continues at its title. */
  private move(): void {
    this.show();
    title.focus();
  }

  private show(): void {
    const view = this.allowed();
    this.shown = view;
    showLines();
    for (const section of document.querySelectorAll<HTMLElement>("[data-view]")) section.hidden = section.dataset.view !== this.named();
    [this.notice, this.next] = [this.next, ""];
    notice.hidden = this.notice === "";
    if (typeof this.notice === "string") write(notice, this.notice);
    else for (const name of ["lang", "dir"]) notice.removeAttribute(name);
    this.translate();
    view.enter();
  }

  /** The view of the address, or the one that replaces it: a guest and a holder may see different views. */
  private allowed(): View {
    const name = this.named();
    const view = this.views.get(name);
    if (view?.shownTo === "holder" && !this.holder.user) {
      this.want(name);
      this.next ||= () => say("login_first");
      this.replace("login");
    } else if (view?.shownTo === "guest" && this.holder.user) {
      this.replace(home);
    } else if (view) {
      return view;
    }
    const instead = this.views.get(this.named());
    if (!instead) throw new Error(`no view ${this.named()}`);
    return instead;
  }

  /** A login leads to a view, but not to the welcome, which is for a new account. */
  private want(name: string): void {
    this.wanted = name === "welcome" ? home : name;
  }

  /** The name of the view in the address, or of the first view if the address names no view. */
  named(): string {
    const name = location.hash.slice(1);
    return this.views.has(name) ? name : start;
  }

  private replace(name: string): void {
    const address = new URL(location.href);
    address.hash = name;
    history.replaceState(null, "", address);
  }
}
