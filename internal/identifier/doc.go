// Package identifier parses user names, phones and emails. Each valid input has
// exactly one canonical form; each invalid input has an error with the reason.
// Display names and other texts, which identify no user, have parsers here, too.
//
// Each kind of identifier has one parser, without I/O and safe for concurrent use.
// Uniqueness and login compare canonical forms byte by byte. No other code folds or
// lower-cases an identifier; package contract trims what operation.Leniency lists.
// These properties hold for each of the three parsers, and a fuzz target checks each
// parser:
//
//   - A canonical form is valid UTF-8 without control characters, bounded in
//     length, and equal to its own canonical form.
//   - Input beyond a bound in bytes is refused before it is processed.
//   - Nothing is trimmed: a user name or an email with a blank around it is
//     refused. In a phone, blanks are punctuation.
//   - An error is one of the package's sentinels and does not contain the value.
//   - No string is valid as two kinds: an email has an `@`, a user name has a
//     letter and neither `@` nor `:`, and a phone has no letter besides a leading
//     `tel:`. So a user name can never be the phone or email that another user
//     logs in with.
//
// # User names
//
// A user name has three forms. Display is shown: the name as chosen, in NFC and
// without full-width and half-width variants (PRECIS UsernameCasePreserved,
// RFC 8265). Key is unique and is compared at login: PRECIS UsernameCaseMapped
// with two more folds, so that a name can be typed in either case. Final sigma is
// sigma, and `i` loses the dot that lower-casing the Turkish capital İ leaves, so
// that ISTANBUL, İstanbul and istanbul are one name. ẞ is ß, and ß is not `ss`.
// The long s is refused. The Kelvin sign is `k`.
//
// PRECIS refuses some letters that keyboards type as one character, and joiners in
// some of the places where spelling needs them. They stay in Display, as does the
// punctuation that spelling needs (RFC 5892, 2.6, A.3 and A.5 to A.7). Key and Skeleton
// have the letters that they stand for, and neither joiners nor that punctuation.
//
// Skeleton stands for the appearance of a name and is unique, too: two users of a
// site cannot have names that look alike although their Keys differ (`admın` and
// `admin`, Cyrillic `раураӏ` and `paypal`). It follows UTS 39, section 4, with
// these changes:
//
//   - ASCII characters are their own prototypes. UTS 39 maps `0` to `O`, `1` to
//     `l`, and `m` to `rn`, so that `modern` would exclude `modem`, and `user10`
//     `userlo`. People can tell such names apart by typing them. Since `l` and `1`
//     have different skeletons, a foreign letter cannot equal both, so it equals
//     the ASCII character of its own kind: a capital equals `i`, a digit `1`, and
//     a small letter `l`. Reserved words are compared with digits read as letters.
//   - It is computed from Display and not from Key, because case changes the
//     appearance of a letter: Cyrillic ВОВА looks like Latin BOBA, and вова like
//     no Latin name. Only one spelling of a Key can be registered, so a Key still
//     has one skeleton per site.
//   - A dot above `i` or `j` is ignored, and the Cyrillic palochka is `l`.
//   - Some Han, kana and Bopomofo characters that UTS 39 does not list equal the
//     Latin letters that they look like, since one name may have both: `丁ony` is
//     `tony`. The mark of a long vowel and the Han digit `一` equal a hyphen if they
//     stand between ASCII letters or digits.
//   - The Han zero and the Han stroke `丨` look like several ASCII characters, and a
//     skeleton can equal one only. They are refused in names with ASCII letters or
//     digits, and in names that have nothing but such look-alikes.
//
// One confusion remains: `PaypaI`, whose last letter is a capital `i`, has the Key
// `paypai`. Where people decide by a name whether to trust it, show the Key.
//
// # Data
//
// The permitted letters and their scripts come from Unicode 15.0.0, the look-alikes
// from Unicode 18.0.0. The program in gen compiles them from input files that it pins by
// their digests. So a newer Go or x/text alone does not permit new letters.
// The list of disposable mail domains has its source in disposable.md.
//
// Licenses of the data: Unicode-DFS-2016 and Unicode-3.0, in LICENSE.unicode.
package identifier

//go:generate go run ./gen -icu $ICU_SOURCE -confusables $CONFUSABLES
