// Package throttle counts failed logins and bounds how many passwords an attacker can try.
//
// Wrong passwords are counted for each network and for all networks together. The second
// count bounds an attacker with many networks. A network from which the holder has
// registered or logged in is exempt from it, so that an attacker elsewhere cannot lock the
// holder out. A network's first few tries count against the whole of that bound, and its
// further ones against a third of it. So ten networks cannot use up the tries of a holder in a
// new network. The network of an IPv6 client is its /64, but all /64 of one /48 share those few
// tries, because one customer may have all of them. No wait is longer than an hour.
//
// Each try is counted twice: by the name that was given, and by the account that it leads to.
// Otherwise an account with a user name, a phone and an email would allow three times as many
// tries. Only the count by name is reported as TooManyError. If the count by account were reported,
// too, an attacker could use up the tries of a user name and then find the phone of the same
// account: a login by that phone would be refused at once (I9). So if only the account's tries are
// used up, the password is not compared, and the answer is that it is wrong.
//
// The accounts at which a network fails are counted as well, against an attacker that tries one
// password at many accounts (spraying). An IPv6 /48 may fail at as many accounts as four /64. If a
// network has reached its bound, its tries at further accounts are refused with the time to wait. The
// exception is a right password from a network that is known for the account: it still logs in.
package throttle
