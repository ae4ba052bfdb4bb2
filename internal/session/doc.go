// Package session stores the sessions of users, so that a token is valid only while its session is
// live (invariant I12 of package account).
//
// A registration and each login begin a session: one row, written by the statement that
// registers or logs in ([Start]). Its id is the claim sid of the session's tokens. [Service.Check]
// reads the user and the session of a token by one query. A token is renewed as long as its
// session is used, but the session does not outlive Config.Max.
//
// # Ending
//
// A session that has ended stays ended. [Service.End] ends one. [EndAll] ends all of a user: a
// change of the password and a reset call it in their own transaction. It changes
// users.tokens_valid_from, and a trigger on that column deletes the sessions. The trigger that
// notes a disabling sets the same column, so an operator's UPDATE of users ends sessions as well.
// Enabling a user revives none. A deleted user's sessions are deleted by the foreign key.
//
// # Races
//
// A login compares users.tokens_valid_from with the value that it read with the credentials,
// while it locks the row ([Service.LogIn]). EndAll changes the column under the same lock. If the
// login gets the lock first, EndAll ends its session. If EndAll gets the lock first, the login
// finds the column changed, and must read the credentials again. A renewal does not lock: it may
// sign a token of a session that was ended meanwhile, and that token is refused.
//
// Locks are taken in one order: the user, then its sessions.
//
// # Tokens of earlier releases
//
// A token without a claim sid is valid until it expires, unless users.tokens_valid_from is later
// than its issue, it is logged out, or it is older than its user. Its id (jti) is the id of its
// session. The session has no row until the token is renewed, logged out, or kept by
// [Service.EndOthers]. A renewal inserts a row, and the new token has a claim sid; a logout inserts
// a row that has ended.
package session
