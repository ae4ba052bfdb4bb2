import { register } from "./api";
import { client } from "./api/client.gen";

const [base, name, reason] = process.argv.slice(2);
client.setConfig({ baseUrl: base as "/" });
const body = { user_name: name, password: "correct horse battery" };

async function main() {
  const { data } = await register({ body });
  if (data?.data.user_name !== name) throw new Error(JSON.stringify(data));
  const { error } = await register({ body });
  if (error?.reason !== reason) throw new Error(JSON.stringify(error));
}
main();
