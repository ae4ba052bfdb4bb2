import type { Reasons, WaitReason } from "./reasons.js";

/** An operation of the contract, by its `operationId`. */
export type OperationId = keyof Reasons;

/**
 * What an operation answers. `reason` tells the cases apart: it is undefined
 * after success, and otherwise one of the reasons that the contract lists for
 * the operation, `"other"` or `"no_answer"`. A `switch` over it is checked by
 * the compiler, and stays right when the service learns new reasons.
 */
export type Answer<T, Op extends OperationId> = Success<T> | Refusal<Reasons[Op]> | Other | NoAnswer;

/** The service carried out the request. */
export interface Success<T> {
  readonly ok: true;
  readonly reason?: undefined;
  readonly data: T;
  /** For people, in the language that was asked for. */
  readonly msg: string;
  /** Names the request in the service's logs. */
  readonly requestId: string;
  /** A fresh token, sent in the last hour of a token or the last quarter of a shorter life: use it from now on. */
  readonly updateToken?: string;
}

/** The service refused the request, for a reason that the contract lists for the operation. */
export type Refusal<R extends string> = R extends WaitReason ? Refused<R, number> : Refused<R, number | undefined>;

/**
 * A refusal for a reason that this client does not know for the operation: the service is
 * newer. `msg` can be shown, and `named` has the reason.
 */
export interface Other extends Refused<"other", number | undefined> {
  readonly named: string;
}

interface Refused<R extends string, Wait> {
  readonly ok: false;
  readonly reason: R;
  /** For people, in the language that was asked for. */
  readonly msg: string;
  /** What is wrong with which field; empty if the refusal is not about a field. */
  readonly errors: readonly FieldError[];
  /** Seconds after which it is worth repeating the request; always a number if the reason is one that passes by itself. */
  readonly retryAfter: Wait;
  /** -1 refused or failed, 1001 not logged in, 1002 not allowed. */
  readonly code: number;
  /** The HTTP status: 200 in a deployment of the mode always-200. */
  readonly status: number;
  readonly requestId: string;
}

/** What is wrong with one field. */
export interface FieldError {
  /** The field's name in the body, or a header's; empty for the body as a whole. */
  readonly field: string;
  /** Like the answer's `reason`; a newer service may send one that this client does not know. */
  readonly reason: string;
  readonly msg: string;
}

/**
 * No answer of the service arrived: the network failed, time ran out, the
 * caller's signal fired, or a proxy answered in place of the service, in HTML,
 * in JSON of its own or by a redirect. The request may have been carried out. Repeat a
 * registration under its `idempotencyKey`.
 */
export interface NoAnswer {
  readonly ok: false;
  readonly reason: "no_answer";
  readonly errors: readonly FieldError[];
  /** Seconds to wait, if a proxy or another server answered and said so. */
  readonly retryAfter: number | undefined;
  /** The HTTP status, if a proxy or another server answered. */
  readonly status: number | undefined;
  /** What `fetch` threw, or the text that is not the service's. */
  readonly cause: unknown;
}
