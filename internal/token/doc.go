// Package token signs and verifies tokens. A token that it accepts was signed by one of
// its keys, for this issuer and audience, and is valid now.
//
// A [Signer] signs with the first of its keys and verifies with all of them, so that a
// key can be replaced without logging anyone out. Put the new key last. When all
// verifiers have fetched it, put it first. When the last token of the old key has
// expired, remove the old key. [Signer.JWKS] publishes the public keys for verifiers
// in other services.
//
// # What a token is
//
// A JWT (RFC 7519) in compact serialization with the header members alg, kid and typ ("JWT") and
// the claims iss, sub (the user's id in decimal), aud, iat, nbf, exp, jti (128 random bits),
// site_id and sid (the id of the session). Tokens of releases without sessions have no sid. Nothing
// in it names a person: no phone, email or user name.
//
// # Rules (RFC 8725 and ASVS V9)
//
//   - The key that kid names decides the algorithm. The header's alg must equal it.
//     There is no "none".
//   - A header with any other member is refused. This excludes all ways to bring a key
//     along (jku, jwk, x5u, x5c), and crit and b64.
//   - All claims listed above but sid are required, with exact names and types and without duplicates.
//     Unknown claims are ignored, so that a newer version may add one.
//   - Clocks may differ by [Leeway]. A token that was issued further in the future, by
//     up to [ClockStep], is accepted, too: the clock has stepped back since it was signed.
//   - Each token has one spelling: base64url without padding, line breaks and unused
//     bits that are set. Only the signature of ES256 is malleable by its nature.
//
// golang-jwt parses tokens. Its checks of the method, strict base64url, the issuer, the
// audience and the three times are turned on. It reads JSON by encoding/json, which is too
// lenient, so this package reads header and claims itself; see keyOf and payload.
//
// No error text has any part of a token or a key.
package token
