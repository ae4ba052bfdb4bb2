export { createClient, newIdempotencyKey } from "./client.js";
