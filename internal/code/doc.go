// Package code sends and checks one-time codes. A code proves that a request comes from
// the recipient of its message. No other client can use up the tries, codes and budgets
// that the recipient needs.
//
// A code is six digits, sent to a phone or an email for one purpose. It is issued
// ([Service.Send]), tried ([Service.Try]) and, in the transaction that acts on it, spent
// ([Proven.Spend]). A budget is a count over a window that begins with the first event
// counted. All state is in PostgreSQL, so every replica counts the same.
//
// # What a code is valid for
//
// A code is bound to a site, an address, a purpose and, for a verification, to a user. It is
// valid for 10 minutes and can be used once (NIST SP 800-63B-4, section 3.1.3.1). Of the codes
// that one subnet has asked for, the last three are valid, so a new code does not end the one
// before it, which may arrive later.
//
// # What is counted
//
// Two things tell clients apart: the subnet (an IPv4 /24 or an IPv6 /64) and the network
// around it (the same /24, or a /48). A code has five tries for the subnet that asked for it
// and five more for all other subnets together, so that strangers cannot use up the
// recipient's own. Wrong answers are also counted over 30 days: nine for an address from one
// subnet, and a hundred for an address from all subnets together. Ten networks therefore
// cannot reach the hundred. All subnets of an IPv6 /48 together have nine as well, because they
// may belong to one customer. A subnet that has redeemed a code of the address within 30 days
// is known for it: neither the hundred nor the nine of its /48 hold there, and neither do the
// budgets that all clients of an address share.
//
// # What may be sent
//
// An address gets one code a minute. The first code that a subnet asks for in a day comes
// from a budget of twelve, the further ones from a budget of five an hour and ten a day that
// all subnets share; one subnet gets three an hour and five a day, and five and ten once it
// is known. All subnets of a /48 that are not known count as one subnet. Addresses are
// counted over all sites. Phones have further budgets: those of their prefix, of the asking
// network, and of all SMS. A network of which fewer than a fifth of the codes are redeemed gets
// no more than twenty a day, and a quarter of the shared budgets is reserved for networks whose
// codes are redeemed.
//
// A message counts when it was handed to the sender, or may have been: its code is valid and
// no budget is given back. If it is certain that nothing was handed over, nothing is counted.
package code
