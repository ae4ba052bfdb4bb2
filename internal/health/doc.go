// Package health reports whether a service can store a registration: it watches the database on
// which the service depends, and answers the probes of load balancers and supervisors.
//
// [Inspect] refuses a database that is unfit, [Readiness] tries a write at a bounded rate,
// and [KeepTime] follows the database's clock. Each logs a change once and not at each look.
// An address or a cause that the operator alone should see is in the log and not in an
// answer to a probe.
package health
