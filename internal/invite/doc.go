// Package invite has invitations: the code that each user gets, and its use by a registration. A use is
// spent by one conditional statement in the transaction of the registration, so that an invitation
// with a limit is used no more often (invariant I2 of package account).
package invite
