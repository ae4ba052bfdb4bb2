// Package postgres connects Enroll to its database. It opens the pool, checks the
// database's settings, migrates, runs transactions, and classifies errors. Every call
// has a time limit.
//
// A transaction has three outcomes, because a client acts differently on each (see
// [InTx]): it is committed; it is certainly not committed; or the connection was lost
// during COMMIT and the outcome is unknown ([ErrOutcomeUnknown]).
//
// PostgreSQL's message about a failed statement can contain values of the row. Pass an
// error through [Safe] before it is logged or wrapped.
package postgres
