// The strength hint. It is about length alone: only the service can tell whether a password is
// common or breached.
import { say } from "./words";

/** The least length that the service accepts. The service writes it into the page. */
const least = Number(document.documentElement.dataset.passwordMin) || 8;

/** 0 for nothing typed, then 1 (too short) to 4. */
export function strength(password: string): 0 | 1 | 2 | 3 | 4 {
  const length = [...password].length; // characters, as the service counts them
  if (length === 0) return 0;
  if (length < least) return 1;
  if (length < 12) return 2;
  return length < 16 ? 3 : 4;
}

export function showStrength(password: string, meter: HTMLElement, hint: HTMLElement): void {
  const level = strength(password);
  meter.dataset.level = String(level);
  const text = say(level === 0 ? "password_empty" : `password_${level}`, { n: least });
  // A screen reader would announce an unchanged text again.
  if (hint.textContent !== text) hint.textContent = text;
}
