// A later version of the service: the one at a URL, with a member more in each object of an answer,
// an object where today null stands, and a reason and a code that no document of today lists.
import { createServer } from "node:http";

/** later changes an answer as the contract allows later versions to. */
function later(value) {
  if (Array.isArray(value)) return value.map(later);
  if (value === null || typeof value !== "object") return value;
  return { ...Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, later(inner)])), from_a_later_version: { a: [1] } };
}

/** Serves the later version of the service at base; returns its URL and a way to stop it. */
export async function laterVersion(base) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { host, connection, ...headers } = request.headers;
    const answer = await fetch(base + request.url, { method: request.method, headers, body: chunks.length ? Buffer.concat(chunks) : undefined });
    const envelope = await answer.json();
    if (envelope.reason) Object.assign(envelope, { code: 1003, reason: "brand_new", errors: (envelope.errors ?? []).map((e) => ({ ...e, reason: "brand_new" })) });
    else Object.assign(envelope.data, { extra: { size: 7 }, group: { id: 2, title: "members", description: "", level: 1 } });
    response.writeHead(answer.status, { "Content-Type": "application/json; charset=utf-8", "X-Request-Id": envelope.request_id });
    response.end(JSON.stringify(later(envelope)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
