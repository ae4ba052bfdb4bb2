// Package challenge decides which operations require a captcha and what a captcha costs the
// client. It accepts each captcha at most once.
//
// A challenge is issued ([Service.Issue]). If it has a picture, its digits can also be spoken
// ([Service.Speak]). The proof in a request is opened without the database
// ([Service.Open]) and then spent ([Service.Spend]), so that a caller can refuse a request
// between the two and leave the captcha valid. Package captcha draws, seals and compares.
//
// # Where a captcha is valid
//
// A picture or a proof of work is valid for one site, for the network of the client that
// requested it and, if the client named one, for one operation. So an attacker gains nothing from
// captchas that were requested and solved in other networks. [Config].Network says how wide a
// network is. A third party binds its tokens to none of these.
//
// # What a captcha costs
//
// Any client can request challenges. So the challenges that a client network requests and
// does not solve are counted over an hour. The count makes further proofs of work for this
// network harder. At its bound, further challenges are refused. The count does not affect other
// networks. An IPv6 client is counted by its /64 and, with a higher bound, by the /48 around
// it, which one customer may hold. Challenges of a third party are not counted.
//
// A proof of work that may be used to send a message also becomes harder while the budgets of
// sending run low.
package challenge
