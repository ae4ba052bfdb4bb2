// Package refusal has the error with which a use case refuses a request: [Error], with a [Reason] of
// the contract.
//
// A refusal is a regular answer. Any other error but a canceled context or an expired token is an internal
// error: a bug or an unexpected failure. An internal error is logged once, where the answer is written.
//
// Most packages that keep rows or apply a rule, such as code and identifier, know no reason of the contract
// and return errors of their own. The functions named Of… translate these errors, so that the same error is
// the same answer in each use case. Any other error passes through without a reason.
//
// # Times to wait
//
// A refusal has a RetryAfter if waiting helps. For a count it is the time until the window ends. For the
// hashers it is an estimate. For an outage it is some seconds, so that clients do not repeat immediately.
//
// # Causes
//
// Err is for the log. No text of a refusal has a submitted value or a secret (invariant I8 of package
// account): errors of the database pass through postgres.Safe, which leaves out the values that
// PostgreSQL quotes.
package refusal
