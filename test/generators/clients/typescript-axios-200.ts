import { Configuration, RegistrationApi } from "./api";

const [base, name, reason] = process.argv.slice(2);
const api = new RegistrationApi(new Configuration({ basePath: base }));
const account = { user_name: name, password: "correct horse battery" };

async function main() {
  const { data: success } = await api.register(account);
  if (success.code !== 0 || success.data?.user_name !== name) throw new Error(JSON.stringify(success));
  const { data: refusal } = await api.register(account);
  if (refusal.code === 0 || refusal.reason !== reason || refusal.errors?.[0]?.field !== "user_name") throw new Error(JSON.stringify(refusal));
}
main();
