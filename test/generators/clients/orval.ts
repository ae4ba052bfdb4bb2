import { register } from "./api";

const [base, name, reason] = process.argv.slice(2);
// The generated code requests paths without a host, as a page of the same host does.
const { fetch } = globalThis;
globalThis.fetch = (path, init) => fetch(new URL(String(path), base), init);
const account = { user_name: name, password: "correct horse battery" };

async function main() {
  const success = await register(account);
  if (success.status !== 200 || success.data.data.user_name !== name) throw new Error(JSON.stringify(success));
  const refusal = await register(account);
  if (refusal.status !== 409 || refusal.data.reason !== reason) throw new Error(JSON.stringify(refusal));
}
main();
