// Package token promises that a token it accepts was signed by one of its own
// keys for exactly this use, and is in force now.
//
// A [Signer] signs with the first of its keys and verifies with all of them, so
// that a key can be replaced without logging anyone out: put the new one last, and
// first once all who verify have fetched it; leave the old one in the list until
// the last token signed with it has expired, then take it out. [Signer.JWKS] publishes
// the public keys for others who verify.
//
// # What a token is
//
// A JWT (RFC 7519) in compact serialization with the header members alg, kid
// and typ ("JWT") and the claims iss, sub (the user's id in decimal), aud, iat,
// nbf, exp, jti (128 random bits) and site_id. Nothing in it names a person: no
// phone, email or user name.
//
// # Rules (RFC 8725 and ASVS V9)
//
//   - The algorithm is that of the key which kid names; the header must agree
//     with it but decides nothing. There is no "none".
//   - A header member other than these three is refused, and with it every way
//     to bring a key along (jku, jwk, x5u, x5c) and crit and b64.
//   - All eight claims are required. They are read with exact names, without
//     duplicates, as exactly the type that is written here; unknown claims are
//     ignored, so that a newer version may add one.
//   - Clocks may differ by [Leeway].
//   - Every token has one spelling, up to the signature itself: base64url without
//     padding, line breaks and stray bits.
//
// Tokens are parsed by golang-jwt, with every check that it has switched on: methods,
// strict base64url, issuer, audience, the three times. It reads JSON by
// encoding/json, so that package token reads header and claims itself; see keyOf and
// payload.
//
// No error text holds any part of a token or a key.
package token
