// Package profile changes what users tell about themselves (names, introduction, birthday, avatar and extra
// data) and what they log in with (the user name, the phone and the email).
//
// A token suffices to change the first kind. A change of the second kind, an identifier, needs a proof of
// the holder and, for a phone or a verified email, a code that was sent to the new address. Such a change
// is one transaction: all fields of the request or none. If it changes the phone or the email, notices are
// sent to the addresses that the user had before: to a verified email, and to a phone that was changed.
//
// # Uniqueness
//
// The unique constraints of the database decide whether a name, a phone or an email is free
// (invariant I1 of package account). A verified email is never taken from its user; an unverified
// one is given to the user that enters its code.
//
// # Avatars
//
// A picture is decoded and encoded anew, which removes its metadata, and is stored in the database under the
// hash of its content. The hash is in its path, so that a new picture has a new path and caches need not
// revalidate. The path is a value of avatar_url like any other.
package profile
