import { isAxiosError } from "axios";
import { Configuration, RegistrationApi, type RefusalEnvelope } from "./api";

const [base, name, reason] = process.argv.slice(2);
const api = new RegistrationApi(new Configuration({ basePath: base }));
const account = { user_name: name, password: "correct horse battery" };

async function main() {
  const { data } = await api.register(account);
  if (data.code !== 0 || data.data.user_name !== name) throw new Error(JSON.stringify(data));
  const refusal = await api.register(account).then(() => undefined, (error) => (isAxiosError<RefusalEnvelope>(error) ? error.response?.data : undefined));
  if (refusal?.reason !== reason) throw new Error(JSON.stringify(refusal));
}
main();
