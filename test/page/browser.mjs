// Debian's Chromium.
import { chromium } from "playwright-core";

/** Starts Chromium with a new profile. The variable CHROMIUM names another program. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // Root cannot use the sandbox. The other flags keep the browser from connecting to its
    // vendor's servers, and make pictures equal on all machines.
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--hide-scrollbars",
    ],
  });
}

/** The answer that the service gives at a path, below any path of a proxy, or at one that matches, while something is done. */
export async function answerTo(page, path, act) {
  const asked = (pathname) => (path instanceof RegExp ? path.test(pathname) : pathname.endsWith(path));
  const answered = page.waitForResponse((response) => asked(new URL(response.url()).pathname));
  await act();
  const answer = await (await answered).json();
  // The answer may be here before the page has shown it. Until then the button that asked for it is at work.
  await page.waitForFunction(() => document.querySelector("button[aria-busy=true]") === null);
  return answer;
}
