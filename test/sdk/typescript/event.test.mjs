// The verifier of events against the requests of test/webhooks.json.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { createEventVerifier, EventError, eventTypes } from "enroll-client";

const book = JSON.parse(await readFile(`${import.meta.dirname}/../../webhooks.json`, "utf8"));

for (const c of book.vectors) {
  test(`events: ${c.name}`, async () => {
    const verify = createEventVerifier(c.secrets, { tolerance: c.tolerance, now: () => c.now * 1000 });
    const body = Buffer.concat([Buffer.from(c.body, "base64"), Buffer.alloc(c.blanks ?? 0, " ")]);
    if (c.problem) {
      await assert.rejects(verify(c.headers, body), (error) => error instanceof EventError && error.problem === c.problem);
      return;
    }
    const plain = Object.entries(c.headers);
    // As Node's http gives them, as a list, in another case, and as fetch gives them.
    for (const headers of [c.headers, Object.fromEntries(plain.map(([name, value]) => [name.toUpperCase(), [value]])), new Headers(c.headers)]) {
      const event = await verify(headers, body);
      const { webhookId, type, timestamp, id, siteId, userId, seq, fields } = event;
      const got = { webhook_id: webhookId, type, time: Date.parse(timestamp), id, site_id: siteId, user_id: userId, seq, fields };
      assert.deepEqual(got, c.event);
      assert.deepEqual(event.body, JSON.parse(body));
    }
    assert.equal((await verify(c.headers, body.toString())).id, c.event.id);
  });
}

test("events: the types, and secrets that are none", () => {
  assert.deepEqual(eventTypes, book.types);
  assert.throws(() => createEventVerifier([]), TypeError);
  for (const secret of [...book.bad_secrets, `${book.vectors[0].secrets[0]}\n`]) {
    assert.throws(() => createEventVerifier([secret]), (error) => error instanceof TypeError && !(secret && error.message.includes(secret.slice(8) || "\0")));
  }
});

test("events: tolerances and a clock that are none", async () => {
  const [{ secrets, headers, body }] = book.vectors;
  for (const tolerance of [NaN, -1]) assert.throws(() => createEventVerifier(secrets, { tolerance }), RangeError);
  const verify = createEventVerifier(secrets, { now: () => NaN });
  await assert.rejects(verify(headers, Buffer.from(body, "base64")), { problem: "timestamp_too_old" });
});

test("events: the body is hashed once for each key, for any number of signatures", async (t) => {
  const [{ secrets, headers, body, now }] = book.vectors;
  const hashes = ["sign", "verify"].map((name) => t.mock.method(crypto.subtle, name).mock);
  const verify = createEventVerifier([...secrets, `whsec_${Buffer.alloc(32, 7).toString("base64")}`], { now: () => now * 1000 });
  const many = Array.from({ length: 300 }, (_, i) => `v1,${Buffer.alloc(32, i).toString("base64")}`).join(" ");
  await assert.rejects(verify({ ...headers, "webhook-signature": many }, Buffer.from(body, "base64")), { problem: "signature_invalid" });
  assert.equal(hashes.reduce((sum, one) => sum + one.callCount(), 0), 2);
});
