// Package invite creates the invitation code of each user and counts its use by a registration. One
// conditional statement in the transaction of the registration counts the use, so that registrations at
// the same time cannot exceed the limit of an invitation (invariant I2 of package account).
package invite
