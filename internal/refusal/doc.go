// Package refusal has the answers of use cases that say no: [Error], with a [Reason] of the contract.
//
// A refusal is an answer. Any other error is an internal error, a bug or an outage, which is logged once
// where the answer is written.
//
// The packages that keep rows or apply a rule, such as code and identifier, know no reason of the contract
// and return errors of their own. The functions named Of… translate them, so that the same error is the
// same answer in each use case. An error without a reason passes through as it is.
//
// # Times to wait
//
// A refusal has a RetryAfter if waiting helps: the end of the window for a count, an estimate for the
// hashers, and some seconds for an outage, so that clients do not repeat at once and all together.
//
// # Causes
//
// Err is for the log. No text of a refusal has a submitted value or a secret (invariant I8 of package
// account): errors of the database pass through postgres.Safe, which leaves out the values that
// PostgreSQL quotes.
package refusal
