package foreign

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"

	"github.com/enroll-project/enroll/internal/admission"
)

// pbkdf2Hash is a hash by PBKDF2 (RFC 8018 §5.2).
type pbkdf2Hash struct {
	digest     digest
	iterations int
	salt, key  []byte
}

// digest is the hash function in the HMAC of PBKDF2.
type digest struct {
	name      string // of the stored form
	algorithm admission.Algorithm
	new       func() hash.Hash
	size      int // of a block of the key, in bytes
	// most is the cap on the iterations, which take about a second of one core. It is above what Django and Keycloak have
	// used: 1,500,000 for SHA-256 (Django 6.1), 1,300,000 for SHA-1 and 210,000 for SHA-512 (Keycloak 24).
	most int
}

// digestOf returns the digest of a name, which all spellings of PBKDF2 write in the same way. ok is false if the name
// is not supported.
func digestOf(name string) (d digest, ok bool) {
	switch name {
	case "sha256":
		return digest{"sha256", admission.PBKDF2SHA256, sha256.New, sha256.Size, 2_000_000}, true
	case "sha512":
		return digest{"sha512", admission.PBKDF2SHA512, sha512.New, sha512.Size, 1_000_000}, true
	case "sha1":
		return digest{"sha1", admission.PBKDF2SHA1, sha1.New, sha1.Size, 2_000_000}, true
	}
	// No system with many users is known that writes others, such as SHA-224 or MD5.
	return digest{}, false
}

// allowed reports whether the lengths and the cost are in their bounds.
func (h pbkdf2Hash) allowed() bool {
	return within(h.salt, minSalt, maxSalt) && within(h.key, minKey, maxKey) &&
		h.iterations <= h.digest.most // check: pbkdf2-cost
}

// String returns the stored form, which other programs read as well: $pbkdf2-sha256$i=600000,l=32$salt$key.
func (h pbkdf2Hash) String() string {
	// Ory Kratos and the password-hash crates of Rust write the same form. l is the length of the key in bytes.
	return fmt.Sprintf("$pbkdf2-%s$i=%d,l=%d$%s$%s", h.digest.name, h.iterations, len(h.key),
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// Matches compares the first block of the key only. Each further block would take all the iterations again, and prove
// nothing more, because the blocks do not depend on each other. The keys of Keycloak have up to four.
func (h pbkdf2Hash) Matches(password string) bool {
	first := h.key[:min(len(h.key), h.digest.size)]
	key, err := pbkdf2.Key(h.digest.new, password, h.salt, h.iterations, len(first))
	return err == nil && subtle.ConstantTimeCompare(key, first) == 1 // check: pbkdf2-compared
}

// Work counts iterations. Each digest has a pace of its own: CPUs have instructions for some of them.
func (h pbkdf2Hash) Work() admission.Work {
	return admission.Work{Algorithm: h.digest.algorithm, Units: float64(h.iterations)}
}

// readPBKDF2 reads each spelling of PBKDF2, and returns nil if the text has none of them:
//
//   - $pbkdf2-sha256$i=600000,l=32$salt$key, in the PHC format. l is in bytes or bits, and may be left out.
//   - $pbkdf2-sha256$29000$salt$key of passlib, which writes $pbkdf2$ for SHA-1
//   - pbkdf2_sha256$600000$salt$key of Django, whose salt is the text itself and not base64
func readPBKDF2(text string) Hash {
	h := pbkdf2Hash{}
	django := strings.HasPrefix(text, "pbkdf2_")
	// All three have the same four fields: the name, the cost, the salt and the key.
	name, rest, _ := strings.Cut(strings.TrimLeft(text, "$"), "$")
	name = strings.TrimPrefix(name, "pbkdf2")
	if name == "" {
		name = "-sha1"
	}
	cost, rest, _ := strings.Cut(rest, "$")
	salt, key, _ := strings.Cut(rest, "$")
	var ok bool
	if h.digest, ok = digestOf(name[1:]); !ok {
		return nil
	}
	if h.salt, ok = []byte(salt), true; !django {
		h.salt, ok = decode(salt)
	}
	if !ok {
		return nil
	}
	if h.key, ok = decode(key); !ok {
		return nil
	}
	iterations, length, hasLength := strings.Cut(strings.TrimPrefix(cost, "i="), ",l=")
	if h.iterations, ok = number(iterations); !ok || !h.allowed() {
		return nil
	}
	// l of some programs counts bits.
	if n, ok := number(length); hasLength && (!ok || n != len(h.key) && n != 8*len(h.key)) {
		return nil
	}
	return h
}
