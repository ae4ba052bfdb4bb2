package foreign

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"hash"
	"strings"

	"github.com/enroll-project/enroll/internal/admission"
)

// cryptAlphabet has the characters of crypt(3). Each stands for six bits.
const cryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Bounds of SHA-crypt. Its specification demands at least 1,000 rounds and has 5,000 by default; the default of passlib
// is 656,000. Each round also hashes the password, so the time grows with its length. With the highest cost and the
// longest password, a hash takes about a second of one core.
const (
	minRounds, defaultRounds, maxRounds = 1000, 5000, 700_000
	maxCryptInput                       = 128 // bytes of a password
)

// shaCrypt is a hash by the functions of crypt(3) with SHA-256 and SHA-512, $5$ and $6$: "Unix crypt using SHA-256 and
// SHA-512" by Ulrich Drepper, version 0.4, in the public domain. The standard library has neither. A module such as
// go-crypt/crypt would add a second implementation of the other formats.
type shaCrypt struct {
	text      string // the whole hash
	algorithm admission.Algorithm
	new       func() hash.Hash
	rounds    int
	salt, key string // as in the text
}

// readSHACrypt accepts $5$salt$key and $6$salt$key, and rounds=5000$ before the salt.
func readSHACrypt(text string) Hash {
	h := shaCrypt{text: text, algorithm: admission.SHA256Crypt, new: sha256.New, rounds: defaultRounds}
	length, last := 43, 4 // characters, and bits of the last one
	if text[1] == '6' {
		h.algorithm, h.new, length, last = admission.SHA512Crypt, sha512.New, 86, 2
	}
	rest := text[3:]
	if digits, found := strings.CutPrefix(rest, "rounds="); found {
		var ok bool
		digits, rest, _ = strings.Cut(digits, "$")
		if h.rounds, ok = number(digits); !ok || h.rounds < minRounds || h.rounds > maxRounds { // check: crypt-rounds
			return nil
		}
	}
	// Without a second dollar sign the key is empty and so has the wrong length.
	h.salt, h.key, _ = strings.Cut(rest, "$")
	if len(h.salt) < 1 || len(h.salt) > 16 || len(h.key) != length || strings.Trim(h.salt+h.key, cryptAlphabet) != "" {
		return nil
	}
	// The last character has fewer than six bits of the key. If its other bits were set, no password could match.
	if strings.IndexByte(cryptAlphabet, h.key[length-1])>>last != 0 {
		return nil
	}
	return h
}

// String returns the hash itself.
func (h shaCrypt) String() string { return h.text }

// Work counts rounds.
func (h shaCrypt) Work() admission.Work {
	return admission.Work{Algorithm: h.algorithm, Units: float64(h.rounds)}
}

// Matches reports whether the hash is that of the password. A password of more than 128 bytes never matches, because of
// its cost. A user with a phone or a verified email can set a new one by a code.
func (h shaCrypt) Matches(password string) bool {
	// The work is done for a long password, too, so that the time does not depend on the bound.
	head := []byte(password[:min(len(password), maxCryptInput)])
	same := subtle.ConstantTimeCompare([]byte(h.derive(head)), []byte(h.key)) == 1 // check: crypt-compared
	return same && len(password) <= maxCryptInput                                  // check: crypt-length
}

// derive computes the key of a password. The numbers of steps in the comments are those of the specification.
func (h shaCrypt) derive(password []byte) string {
	// One digest serves all steps: a new one in each of 700,000 rounds would cost garbage collection.
	digest, salt := h.new(), []byte(h.salt)
	sum := func(parts ...[]byte) []byte {
		digest.Reset()
		for _, part := range parts {
			digest.Write(part)
		}
		return digest.Sum(nil)
	}
	// Steps 1 to 12. The loop takes one part for each bit of the password's length.
	b := sum(password, salt, password)
	parts := [][]byte{password, salt, stretch(b, len(password))}
	for n := len(password); n > 0; n >>= 1 {
		if n&1 == 1 {
			parts = append(parts, b)
		} else {
			parts = append(parts, password)
		}
	}
	a := sum(parts...)
	// Steps 13 to 20: P has the length of the password, and S that of the salt.
	p := stretch(sum(repeat(password, len(password))...), len(password))
	s := stretch(sum(repeat(salt, 16+int(a[0]))...), len(salt))
	// Step 21.
	for i := range h.rounds {
		digest.Reset()
		first, last := a, p
		if i%2 == 1 {
			first, last = p, a
		}
		digest.Write(first)
		if i%3 != 0 {
			digest.Write(s)
		}
		if i%7 != 0 {
			digest.Write(p)
		}
		digest.Write(last)
		a = digest.Sum(a[:0])
	}
	return encodeSHACrypt(a)
}

// stretch repeats a digest up to a length in bytes, and cuts the last repetition.
func stretch(digest []byte, length int) []byte {
	// The capacity has room for the whole last repetition.
	long := make([]byte, 0, length+len(digest))
	for len(long) < length {
		long = append(long, digest...)
	}
	return long[:length]
}

// repeat returns n slices that all are part.
func repeat(part []byte, n int) [][]byte {
	// They share the bytes, since sum only reads them.
	parts := make([][]byte, n)
	for i := range parts {
		parts[i] = part
	}
	return parts
}

// encodeSHACrypt is step 22: three bytes, a third of the digest apart, give four characters. Their order rotates, for
// SHA-512 in the other direction than for SHA-256.
func encodeSHACrypt(digest []byte) string {
	// 64 and 32 are not multiples of three: one byte or two are left over for the end.
	third, text := len(digest)/3, []byte(nil)
	x, y, z := 0, third, 2*third
	for range third {
		text = cryptChars(text, uint(digest[x])<<16|uint(digest[y])<<8|uint(digest[z]), 4)
		if len(digest) == sha512.Size {
			x, y, z = y+1, z+1, x+1
		} else {
			x, y, z = z+1, x+1, y+1
		}
	}
	if len(digest) == sha512.Size {
		return string(cryptChars(text, uint(digest[63]), 2))
	}
	return string(cryptChars(text, uint(digest[31])<<8|uint(digest[30]), 3))
}

// cryptChars appends n characters of six bits each.
func cryptChars(text []byte, bits uint, n int) []byte {
	// The lowest bits come first; in the base64 of RFC 4648 the highest do.
	for range n {
		text = append(text, cryptAlphabet[bits&63])
		bits >>= 6
	}
	return text
}
