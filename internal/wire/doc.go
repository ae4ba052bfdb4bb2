// Package wire has what the public API and the admin API both do before and after an operation, so that a fix
// applies to both: ids of requests, panics, parameters of paths, methods that a path does not have, and the
// codes of refusals.
//
// A request id links an answer to its log line, and to the lines of a proxy in front. A panic ends one
// request and no other. The log has the type of its value, or the text if it is a runtime error, because
// any other value may have data of a request (I8).
//
// This package does not depend on a contract. Packages server and admin have what differs between the two
// APIs: the check of callers, the log lines, the reasons and their messages.
package wire
