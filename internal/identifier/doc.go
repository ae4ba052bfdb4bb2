// Package identifier gives every user name, phone and email exactly one
// canonical form, or a reason why it cannot be one.
//
// Each kind has one parser, a pure function without I/O that is safe for
// concurrent use. Canonical forms are what uniqueness and login compare, byte
// by byte; no other code folds, trims or lower-cases an identifier. What holds
// of every parser, each shown by a fuzz target:
//
//   - a canonical form is valid UTF-8 without controls, bounded in length, and
//     its own canonical form;
//   - input beyond a bound in bytes is refused before any work is done on it;
//   - nothing is trimmed: a user name or an email with a blank around it is
//     refused; in a phone, blanks are punctuation wherever they stand;
//   - an error is one of the package's sentinels and says nothing of the value;
//   - the three kinds never meet: a user name has a letter and no `@`, an email
//     has an `@`, a phone is `+` and digits. So nobody can take a user name
//     that is somebody's login by phone or email.
//
// # User names
//
// A name has three forms. Display is what people see: the name as chosen, in
// NFC and without full- or half-width variants (PRECIS UsernameCasePreserved,
// RFC 8265). Key is what is unique and logs in: PRECIS UsernameCaseMapped, and
// two folds that RFC 8265 leaves out, so that a person who types the other case
// gets in: final sigma is sigma, and `i` loses the dot that the Turkish capital
// İ leaves behind, so that ISTANBUL, İstanbul and istanbul are one name. ẞ is
// ß, but neither is `ss`. The long s is refused, the Kelvin sign is `k`.
//
// Skeleton is what the name looks like, and is unique too: two names of one
// site never share it, though their Keys differ (`admın` and `admin`, Cyrillic
// `раураӏ` and `paypal`). It follows UTS 39, section 4, with these changes:
//
//   - ASCII stands for itself. UTS 39 takes `0` for `O`, `1` for `l`, and `m`
//     for `rn`: people called `modern` and `modem`, `user10` and `userlo` would
//     shut each other out, and anyone can tell such names apart by typing them.
//     An equality of skeletons cannot join a foreign letter with both `l` and
//     `1` without joining those two, so a look-alike meets the ASCII character
//     of its own kind: a capital meets `i`, a digit `1`, a small letter `l`.
//     Reserved words are compared with the digits read as letters all the same.
//   - It is taken from Display, not from Key, because case changes what a
//     letter looks like: Cyrillic ВОВА is Latin BOBA to the eye, вова nobody's.
//     Of several spellings of one Key only one can be registered, so a Key has
//     one skeleton per site.
//   - A dot above on `i` or `j` does not count, and the Cyrillic palochka is
//     `l`.
//
// What it leaves open: `PaypaI`, whose last letter is a capital `i`, has the
// Key `paypai`. Where a name stands for trust, show the Key.
//
// # Data
//
// The permitted letters, their scripts and the look-alikes come from Unicode
// 15.0.0 and are compiled by the program in gen, which names its input and
// digests. A newer Go or x/text therefore admits no new letter by itself.
// Licence of the data: Unicode-DFS-2016, in LICENSE.unicode.
package identifier

//go:generate go run ./gen -icu $ICU_SOURCE
