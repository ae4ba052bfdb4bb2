// Package postgres is how Enroll reaches its database so that no call waits
// without a bound and no answer claims more than is known: it opens the pool,
// tells whether the database is fit, migrates, runs transactions, and names what
// went wrong.
//
// Three outcomes of a transaction are told apart, because a client acts
// differently on each (see [InTx]): it is committed; it is certainly not; or
// the connection was lost while COMMIT was under way and nobody knows
// ([ErrOutcomeUnknown]).
//
// What PostgreSQL says about a failed statement can hold the values of the row.
// [Safe] is the form of an error that may be logged or wrapped into one that
// is.
package postgres
