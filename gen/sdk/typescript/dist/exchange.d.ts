/** What sends a request. */
export type Fetch = (request: Request) => Promise<Response>;
/**
 * Limits a `fetch`: the whole answer must be read within `timeout` milliseconds
 * (0: no limit) and `maxAnswer` bytes. Redirects are not followed, because they
 * take the token to another host.
 */
export declare function bounded(fetch: Fetch, timeout: number): Fetch;
