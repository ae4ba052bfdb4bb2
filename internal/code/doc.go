// Package code sends and checks one-time codes. A code proves that a request comes from the
// recipient of its message. Clients in up to ten other networks cannot use up the tries and codes
// that the recipient needs. Nor can they use up the budgets of messages for longer than an hour,
// unless the limit of SMS of a network is off or a budget is too small to be divided among them:
// fewer than 28 messages a day, or 15 an hour.
//
// A code is six digits, sent to a phone or an email for one purpose. It is issued
// ([Service.Send]), tried ([Service.Try]) and, in the transaction that acts on it, spent
// ([Proven.Spend]). A budget is a count over a window that begins with the first event
// counted. All state is in PostgreSQL, so every replica counts the same.
//
// # What a code is valid for
//
// A code is bound to a site, an address, a purpose and, for ForVerify and ForChange, a user. It is
// valid for 10 minutes and can be used once (NIST SP 800-63B-4, section 3.1.3.1). Of the codes
// that one subnet has requested, the last three are valid. So a new code does not end the one
// before it, whose message may arrive later.
//
// # What is counted
//
// Clients are distinguished by their subnet (an IPv4 /24 or an IPv6 /64) and by the network
// around it (the same /24, or a /48). A code has five tries for the subnet that requested it
// and five more for all other subnets together, so that strangers cannot use up the
// recipient's own. Wrong answers are also counted over 30 days: nine for an address from one
// subnet, and a hundred for an address from all subnets together. Ten networks therefore
// cannot reach the hundred. All subnets of an IPv6 /48 together have nine as well, because they
// may belong to one customer. A right answer forgives those of its subnet and of the /48 around it.
//
// A subnet that has redeemed a code of the address within 30 days is known for it. For a known
// subnet neither the hundred nor the nine of its /48 apply, nor the budgets of the address that all
// subnets share. The subnet's own nine apply, over three days, and so does the bound of one code a
// minute. Its wrong answers do not count for the address: otherwise the mistakes of a person at home
// would shut that person out elsewhere.
//
// # What may be sent
//
// An address gets one code a minute. The first two codes that a network requests in a day come
// from a budget of 24 a day, so that one may be lost, and further ones from a budget of five an hour
// and ten a day. All networks that are not known share these budgets. Ten of them can use 20 of the
// 24. A right answer gives back what its network has taken of the 24, so that a person may travel
// through any number of networks. One subnet gets three codes an hour and five a day, and
// five and ten once it is known. All subnets of a /48 that are not known count as one subnet.
// Clients without a public address have a budget of five an hour and ten a day of their own.
// Addresses are counted over all sites. Phones have further budgets: those of their prefix,
// of the requesting network, and of all SMS. If fewer than a fifth of the SMS codes of a network
// are redeemed, it gets no more than twenty SMS a day. A quarter of the budgets of a prefix and
// of all SMS is reserved for networks whose codes are redeemed, and for known subnets. Emails have
// further budgets, too: those of the user or else of the domain, of the requesting network, and of
// all mails. Of a budget that all networks share, one network has a part. Part and whole begin and
// end together, so that no network uses its part twice in one window of the whole.
//
// A call that speaks a code is a second way after an SMS: its network must have asked for a code of the same phone and
// purpose that is still valid. It counts in all budgets of SMS, and has a new code, as another SMS would.
//
// What SMS and calls cost can be bounded in money ([Money]), over all sites. The last fifth of such a budget is
// reserved for networks whose codes are redeemed and for known subnets, the last tenth for known subnets. A message
// takes the price of the dearest sender that may send it.
//
// A message counts if it was handed to the sender, or may have been: its code is valid, and
// its budgets stay used. If it is certain that nothing was handed over, nothing is counted.
package code
