// Package password checks, hashes and verifies passwords. A password is checked and
// hashed as a whole. [Config] bounds the memory and the waiting time of hashing.
//
// [Policy] decides which passwords may be chosen, [Normalize] returns the form of a
// typed password that is hashed, and [Hasher] makes and verifies the hashes. By default
// as many argon2id hashes run at once as there are cores. Further requests wait in a
// short queue, and those that would wait too long are refused at once with
// [admission.BusyError].
//
// # Rules and where they come from
//
//   - Unicode NFC is the only change ever made to a password. Nothing is
//     trimmed, case-folded or cut off (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.8).
//   - Length is counted in code points: at least 8, as typed and after NFC, and at most
//     128 after NFC. The minimum can be raised (ASVS 6.2.1, 6.2.9).
//   - No rule asks for digits, capitals or symbols (ASVS 6.2.5). A common password
//     (ASVS 6.2.4) or a word of the context, such as the user name (ASVS 6.2.11), is
//     refused if it is the whole password, and allowed as a part of one.
//   - New hashes are PHC strings, argon2id with 19 MiB, 2 passes and 1 lane unless
//     configured otherwise (OWASP password storage, ASVS 11.4.2). Stored hashes of other
//     systems are verified by package foreign, and replaced then.
//   - A stored hash whose parameters are over a cap is refused with [ErrBadHash]
//     before it is computed, so that a manipulated row cannot use up memory or time.
//
// No error text holds a password, a part of one, or a hash.
package password
