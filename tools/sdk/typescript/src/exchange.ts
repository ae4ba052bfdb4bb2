/** Bounds an answer, in bytes. By the bounds of the contract, the largest is an export of up to 6 MB. */
const maxAnswer = 8 << 20;

/** What sends a request. */
export type Fetch = (request: Request) => Promise<Response>;

/**
 * Limits a `fetch`: the whole answer must be read within `timeout` milliseconds
 * (0: no limit) and `maxAnswer` bytes. Redirects are not followed, because a
 * redirect would take the token to another host.
 */
export function bounded(fetch: Fetch, timeout: number): Fetch {
  return async (asked) => {
    const end = new AbortController();
    const stop = () => end.abort(asked.signal.reason);
    // If the content coding of a body is broken, Node goes on reading after the signal.
    const ended = new Promise<never>((_, reject) => end.signal.addEventListener("abort", () => reject(end.signal.reason)));
    ended.catch(() => {}); // the race may be over
    if (asked.signal.aborted) stop();
    asked.signal.addEventListener("abort", stop);
    const late = () => end.abort(new DOMException(`no complete answer within ${timeout} ms`, "TimeoutError"));
    const timer = timeout > 0 ? setTimeout(late, timeout) : undefined;
    try {
      return await Promise.race([ended, read(fetch, new Request(asked, { redirect: "manual", signal: end.signal }))]);
    } finally {
      clearTimeout(timer);
      asked.signal.removeEventListener("abort", stop);
    }
  };
}

/** The answer with its body in memory. */
async function read(fetch: Fetch, request: Request): Promise<Response> {
  const response = await fetch(request);
  if (response.type === "opaqueredirect") throw new TypeError("the answer is a redirect");
  const { status, headers } = response;
  // A replacement of fetch may have no streams. The developer tools of a browser lose a body that
  // is read in parts, and a browser limits the memory of a page by itself.
  const streams = !("document" in globalThis) && response.body?.getReader;
  const text = streams && response.body ? await limited(response.body.getReader()) : await response.text();
  // The constructor refuses a body, even an empty one, for a status that has none (204, 304).
  return new Response(text === undefined ? `more than ${maxAnswer} bytes` : text || null, { status, headers });
}

/** The text of a body, or undefined if it is too long. */
async function limited(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > maxAnswer) {
      void reader.cancel().catch(() => {}); // closes the connection
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
