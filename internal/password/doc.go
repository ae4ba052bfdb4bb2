// Package password promises that a password is judged and hashed whole, as it
// was typed, and that hashing never takes more memory or waiting than was
// allowed.
//
// [Policy] decides which passwords may be chosen, [Normalize] brings any typed
// password into the one form that is hashed, and [Hasher] makes and checks the
// hashes: argon2id, by at most as many hashers as there are cores, with a
// short queue before them and an early refusal, [admission.BusyError], beyond it.
//
// # Rules and where they come from
//
//   - Unicode NFC is the only change ever made to a password. Nothing is
//     trimmed, case-folded or cut off (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.8).
//   - Length is counted in code points after NFC: 8 to 128, the minimum can be
//     raised (ASVS 6.2.1, 6.2.9).
//   - No rule asks for digits, capitals or signs (ASVS 6.2.5). Common passwords
//     (ASVS 6.2.4) and words of the context (ASVS 6.2.11) are refused when they
//     are the whole password; containing one is fine.
//   - Hashes are PHC strings, argon2id with 19 MiB, 2 passes and 1 lane unless
//     configured otherwise (OWASP password storage, ASVS 11.4.2).
//   - Parameters read from a stored hash are capped before they are used, so
//     that a poisoned row costs nothing: [ErrBadHash].
//
// No error text holds a password, a part of one, or a hash.
package password
