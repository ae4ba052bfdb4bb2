// Package enrolladmin is the client of the admin API of Enroll, a user-registration service. Programs of an
// operator use it to look users up and to act on them. A refusal of the service is an ordinary error, a
// [*Refusal], with a typed [Reason]. That also holds for reasons and statuses of later versions of the service.
package enrolladmin
