// Debian's Chromium.
import { chromium } from "playwright-core";

/** Starts it with a new profile. CHROMIUM names another one. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // As root there is no sandbox; the others keep the browser from calling its
    // maker, and pictures the same everywhere.
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--hide-scrollbars",
    ],
  });
}

/** The answer that the service gives while something is done. */
export async function answerTo(page, path, act) {
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === path);
  await act();
  return (await answered).json();
}
