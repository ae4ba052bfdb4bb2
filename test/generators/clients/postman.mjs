// Imports the contract as Postman does, with values from its examples, and sends requests of the
// collection: postman.mjs URL NAME REASON CONTRACT.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [base, name, reason, contract] = process.argv.slice(2);
const { convertV2 } = createRequire(`${process.env.NODE_PATH}/`)("openapi-to-postmanv2");
const input = { type: "string", data: await readFile(contract, "utf8") };
const { result, output } = await new Promise((done, fail) =>
  convertV2(input, { parametersResolution: "Example" }, (error, answer) => (error ? fail(error) : done(answer))));
assert.ok(result);
const collection = output[0].data;

// The variable is the host of each request: without a scheme and a host there is none to send to.
const { value } = collection.variable.find((v) => v.key === "baseUrl");
assert.match(value, /^https?:\/\/[^/]+$/);

const requests = [];
const list = (items) => items.forEach((item) => (item.item ? list(item.item) : requests.push(item.request)));
list(collection.item);
assert.ok(requests.length >= 9, `${requests.length} requests`);
for (const { url, header } of requests) {
  // Without an example Postman writes the type, as in <integer>, or any number, which is not a site.
  for (const { key, value } of [...url.query, ...header]) {
    assert.doesNotMatch(value ?? "", /^</, `${url.path.join("/")}: ${key}`);
    if (key === "Site-Id") assert.equal(value, "1");
  }
}

const { method, url, header, body } = requests.find((r) => r.url.path.join("/") === "api/register");
async function register(to) {
  const headers = Object.fromEntries(header.filter((h) => h.key !== "Idempotency-Key").map((h) => [h.key, h.value]));
  const sent = { ...JSON.parse(body.raw), user_name: name, email: `${name}@example.com` };
  const answer = await fetch(`${to}/${url.path.join("/")}`, { method, headers, body: JSON.stringify(sent) });
  return answer.json();
}
const registered = await register(base);
assert.equal(registered.data?.user_name, name, JSON.stringify(registered));
const refused = await register(base);
assert.equal(refused.reason, reason, JSON.stringify(refused));
