// Package challenge decides which operations require a captcha and what a captcha costs the
// client. It accepts each captcha at most once.
//
// A challenge is issued ([Service.Issue]) and, for those with a picture, spoken
// ([Service.Speak]). The proof in a request is opened without the database
// ([Service.Open]) and then spent ([Service.Spend]), so that a caller can refuse a request
// between the two and leave the captcha valid. Package captcha draws, seals and compares.
//
// # Where a captcha is valid
//
// A captcha is valid for one site, for the network of the client that requested it and,
// if the client named one, for one operation. So a captcha that was solved in another
// network cannot be sold or stockpiled for an attack.
//
// # What a captcha costs
//
// Any client can request challenges. So the challenges that a client network requests and
// does not solve are counted over an hour. The count makes further challenges for this
// network harder, and it is bounded. It does not affect other networks. An IPv6 client is
// counted by its /64 and, with a higher bound, by the /48 around it, which one customer may
// hold.
//
// A challenge that may be used to send a message also becomes harder while the budgets of
// sending run low.
package challenge
