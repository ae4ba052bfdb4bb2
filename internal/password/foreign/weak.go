package foreign

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
)

// Weak is a hash function that is too fast for passwords, with the salts of one hash by another system. A graphics card
// tries billions of passwords a second against such a hash, so package password hashes it again.
type Weak struct {
	function      string // md5, sha1, sha256, sha512 or md5-crypt
	before, after []byte // the salt, before and after the password; of md5-crypt it is before
}

// ReadWeak reads a hash by such a function. It returns the function with its salts, and the hash in the form that
// [Weak.Of] returns. ok is false if the text is none of these:
//
//   - md5$salt$hash and sha1$salt$hash of Django, and sha256 and sha512 in the same form. The hash is in hexadecimal.
//     The salt, which may be empty, was hashed before the password.
//   - {MD5}, {SHA}, {SHA256} and {SHA512} of LDAP (RFC 2307 and pw-sha2 of OpenLDAP), in base64; {SMD5}, {SSHA},
//     {SSHA256} and {SSHA512} with a salt, which was hashed after the password and is written after the hash
//   - $1$salt$hash, md5-crypt of crypt(3), whose thousand rounds take a quarter of a millisecond
//   - $md5$hash and $sha1$pf=format$salt$hash of Kratos, also with sha256 and sha512, in base64. The format says where
//     the salt and the password stand in what was hashed: {SALT}-{PASSWORD}
//
// Hexadecimal digits without a name are refused: they may be an MD5, an MD4 or an NT hash.
func ReadWeak(text string) (w Weak, sum string, ok bool) {
	// A long line of a file is refused before it is decoded.
	if len(text) > maxText {
		return Weak{}, "", false
	}
	text = cryptName(text)
	switch {
	case strings.HasPrefix(text, "$1$"):
		salt, key, _ := strings.Cut(text[3:], "$")
		w, sum = Weak{function: "md5-crypt", before: []byte(salt)}, key
		ok = len(key) == 22 && strings.Trim(salt+key, cryptAlphabet) == "" &&
			strings.IndexByte(cryptAlphabet, key[21])>>2 == 0 // 128 bits leave two for the last character
	case strings.HasPrefix(text, "{"):
		w, sum, ok = readLDAP(text)
	case strings.HasPrefix(text, "$"):
		w, sum, ok = readKratos(text[1:])
	default:
		function, rest, _ := strings.Cut(text, "$")
		salt, digits, _ := strings.Cut(rest, "$")
		raw, err := hex.DecodeString(digits)
		w, sum = Weak{function: function, before: []byte(salt)}, hex.EncodeToString(raw)
		ok = err == nil && len(raw) > 0 && len(raw) == w.size()
	}
	return w, sum, ok && w.allowed()
}

// readLDAP reads {SSHA}base64.
func readLDAP(text string) (w Weak, sum string, ok bool) {
	// OpenLDAP compares the names without case.
	scheme, rest, _ := strings.Cut(text[1:], "}")
	scheme = strings.ToLower(scheme)
	w.function = strings.TrimPrefix(scheme, "s")
	salted := w.function != scheme
	// The s of sha, sha256 and sha512 belongs to the name.
	if strings.HasPrefix(scheme, "sha") {
		w.function, salted = scheme, false
	}
	if w.function == "sha" {
		w.function = "sha1"
	}
	// The salt is written after the hash. A scheme with salt must have one, and a scheme without must not.
	raw, ok := decode(rest)
	if size := w.size(); ok && size > 0 && len(raw) >= size && salted == (len(raw) > size) {
		w.after = raw[size:]
		return w, hex.EncodeToString(raw[:size]), true
	}
	return Weak{}, "", false
}

// readKratos reads md5$hash and sha1$pf=format$salt$hash.
func readKratos(text string) (w Weak, sum string, ok bool) {
	// A hash without salt has no format.
	var format, salt, raw []byte
	parts := strings.Split(text, "$")
	w.function = parts[0]
	if len(parts) == 2 {
		format, ok = []byte("{PASSWORD}"), decodeAll(parts[1:], &raw)
	} else {
		encoded, found := strings.CutPrefix(strings.Join(parts[1:], "$"), "pf=")
		ok = found && decodeAll(strings.Split(encoded, "$"), &format, &salt, &raw)
	}
	// What stands around the password is a salt for each purpose, so it need not be told apart. A format with two
	// passwords is no salt.
	before, after, found := strings.Cut(string(format), "{PASSWORD}")
	w.before = []byte(strings.ReplaceAll(before, "{SALT}", string(salt)))
	w.after = []byte(strings.ReplaceAll(after, "{SALT}", string(salt)))
	ok = ok && found && !strings.Contains(after, "{PASSWORD}") && len(raw) > 0 && len(raw) == w.size()
	return w, hex.EncodeToString(raw), ok
}

// allowed reports whether the salts are in their bounds.
func (w Weak) allowed() bool {
	// crypt(3) reads eight characters of a salt. A weak hash may have none.
	most := maxSalt
	if w.function == "md5-crypt" {
		most = 8
	}
	return len(w.before) <= most && len(w.after) <= maxSalt
}

// digest returns a new hash of the function. It returns nil for md5-crypt, which is more than a digest, and for an
// unknown name.
func (w Weak) digest() hash.Hash {
	// These functions are broken or too fast for passwords. They are used only to compute weak hashes.
	switch w.function {
	case "md5":
		return md5.New()
	case "sha1":
		return sha1.New()
	case "sha256":
		return sha256.New()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// size is the length of the hash in bytes, 0 if the function has no digest.
func (w Weak) size() int {
	if digest := w.digest(); digest != nil {
		return digest.Size()
	}
	return 0
}

// String returns how a wrapped hash names the function and the salts: md5$salt$ or md5$$salt, in base64.
func (w Weak) String() string {
	// The salts are in base64, because a salt may have a dollar sign.
	encode := base64.RawStdEncoding.EncodeToString
	return w.function + "$" + encode(w.before) + "$" + encode(w.after)
}

// ParseWeak is the inverse of String.
func ParseWeak(text string) (w Weak, ok bool) {
	// The comparison with String refuses every spelling but the stored one, as Parse does.
	parts := strings.Split(text, "$")
	if len(parts) != 3 || !decodeAll(parts[1:], &w.before, &w.after) {
		return Weak{}, false
	}
	w.function = parts[0]
	known := w.digest() != nil || w.function == "md5-crypt"
	return w, known && w.allowed() && w.String() == text
}

// Of returns the hash of a password as text: hexadecimal digits in lower case, or for md5-crypt 22 characters of
// crypt(3).
func (w Weak) Of(password string) string {
	// ReadWeak returns hashes in the same form, so the two texts can be compared.
	if w.function == "md5-crypt" {
		return md5Crypt([]byte(password), w.before)
	}
	return hex.EncodeToString(sumOf(w.digest(), w.before, []byte(password), w.after))
}

// sumOf returns the digest of some parts.
func sumOf(digest hash.Hash, parts ...[]byte) []byte {
	digest.Reset()
	for _, part := range parts {
		digest.Write(part)
	}
	return digest.Sum(nil)
}

// md5Crypt computes $1$ of crypt(3), which Poul-Henning Kamp wrote for FreeBSD in 1994. The number of rounds is fixed,
// so unlike SHA-crypt it needs no cap on the cost.
func md5Crypt(password, salt []byte) string {
	// SHA-crypt was derived from this function and begins in the same way.
	digest := md5.New()
	parts := [][]byte{password, []byte("$1$"), salt, stretch(sumOf(digest, password, salt, password), len(password))}
	// For each bit of the length, a zero byte or the first one of the password: an oversight that became the format.
	for n := len(password); n > 0; n >>= 1 {
		if n&1 == 1 {
			parts = append(parts, []byte{0})
		} else {
			parts = append(parts, password[:1])
		}
	}
	a := sumOf(digest, parts...)
	// The rounds are those of SHA-crypt, but their number is part of the function.
	for i := range 1000 {
		round := make([][]byte, 0, 4)
		if round = append(round, a); i%3 != 0 {
			round = append(round, salt)
		}
		if i%7 != 0 {
			round = append(round, password)
		}
		round = append(round, password)
		// In odd rounds the password comes first and the digest last.
		if i%2 == 1 {
			round[0], round[len(round)-1] = password, a
		}
		a = sumOf(digest, round...)
	}
	return encodeMD5Crypt(a)
}

// encodeMD5Crypt encodes a digest in the order of crypt(3): three bytes, which are six apart, give four characters.
func encodeMD5Crypt(a []byte) (text string) {
	// The last row has byte 5 instead of byte 16, which a digest of 16 bytes does not have; byte 11 is left for the end.
	var chars []byte
	for _, i := range [][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		chars = cryptChars(chars, uint(a[i[0]])<<16|uint(a[i[1]])<<8|uint(a[i[2]]), 4)
	}
	return string(slices.Clip(cryptChars(chars, uint(a[11]), 2)))
}
