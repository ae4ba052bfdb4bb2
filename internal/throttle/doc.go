// Package throttle counts failed logins and bounds how many passwords an attacker can try.
//
// The tries of each account are counted, for each network and for all networks together, before the
// password is compared. A right password sets the counts to 0. The second count bounds an attacker
// with many networks. A network from which the holder has registered or logged in within 30 days is
// exempt from it, so that an attacker elsewhere cannot lock the holder out. Without a limit for each
// network, only that of the registration is exempt.
//
// In an hour, the first 3 tries of a network at an account are refused only if the account's whole
// bound is used up, and its later tries if a third of the bound is. So with the default bound of 100
// ten networks cannot use up the tries of a holder in a new network. A network is an IPv4 /24 or an
// IPv6 /64, but all /64 of one /48 share those 3 tries, because one customer may have all of them. No
// wait is longer than an hour. Without a limit for each network, all tries count against the whole
// bound.
//
// Each try is counted twice: by the name that was given, and by the account that it leads to.
// Otherwise an account with a user name, a phone and an email would allow three times as many
// tries. Of these two only the count by name is reported, as TooManyError. If the count by account
// were reported, too, an attacker could use up the tries of a user name and then find the phone of
// the same account: a login by that phone would be refused at once (invariant I9 of package
// account). So if only the account's tries are used up, the password is not compared, and the
// answer is that it is wrong.
//
// The accounts at which a network fails are counted as well, against an attacker that tries one
// password at many accounts (spraying). An IPv6 /48 may fail at as many accounts as four /64. If a
// network has reached its bound, its tries at further accounts are refused with the time to wait. The
// exception is a right password from a network that is known for the account: it still logs in.
package throttle
