// Package enroll is the client of Enroll, a user-registration service. A
// refusal of the service is an ordinary error, a [*Refusal], with a typed
// [Reason]. That also holds for reasons and statuses of later versions of the service.
package enroll
