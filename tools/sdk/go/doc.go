// Package enroll is the client of Enroll, a user-registration service. A
// refusal of the service is an ordinary error, a [*Refusal], with a typed
// [Reason]; so it is for reasons and statuses that this version does not know.
package enroll
