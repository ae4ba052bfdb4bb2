// Package challenge decides which operations require a captcha, what a captcha costs the
// client, and that each is spent at most once.
//
// A challenge is issued ([Service.Issue]) and, for those with a picture, spoken
// ([Service.Speak]). The proof in a request is opened without the database
// ([Service.Open]) and then spent ([Service.Spend]), so that a caller can refuse a request
// between the two and leave the captcha valid. Package captcha draws, seals and compares.
//
// # Where a captcha is valid
//
// A captcha is valid for one site, for the network of the client that requested it and,
// if the client named one, for one operation. So solved captchas that are bought or
// stockpiled elsewhere are of no use.
//
// # What a captcha costs
//
// Challenges are free to ask for, so what a client network asks for and does not solve is
// counted over an hour: it makes the network's own challenges harder, and is bounded. Other
// networks do not notice. An IPv6 client is counted by its /64 and, with more room, by the
// /48 around it, which one customer may hold.
//
// A challenge that may be used to send a message becomes harder, too, before the budgets of
// sending are used up.
package challenge
