// Package wire has what both APIs do with a request before and after its operation, so that a fix
// in one of them is a fix in both: ids of requests, panics, methods that a path does not have, and the
// codes of refusals.
//
// A request id links an answer to its log line, and to the lines of a proxy in front. A panic ends one
// request and no other; its value stays out of the log, because it may have data of a request (I8).
//
// It knows neither contract. What differs stays in packages server and admin: the check of callers, what is
// logged, which reasons there are and how they are worded.
package wire
