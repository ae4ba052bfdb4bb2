// Package postgres connects Enroll to its database. It opens the pool, checks the database's
// settings, migrates, runs transactions, and classifies errors. Every statement except those of a
// migration has a time limit, unless the connection string removes it.
//
// A transaction has one of three outcomes, and a client acts differently on each (see
// [InTx]): it is committed; it is certainly not committed; or the answer to COMMIT was
// lost or late, and the outcome is unknown ([ErrOutcomeUnknown]).
//
// PostgreSQL's message about a failed statement can contain values of the row. Pass an
// error through [Safe] before it is logged or wrapped.
package postgres
