package foreign

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/bits"
	"strings"

	"golang.org/x/crypto/scrypt"

	"github.com/enroll-project/enroll/internal/admission"
)

// Caps on the cost of scrypt. The first bounds the memory: 64 MiB in blocks of 128 bytes, as for argon2id. The second
// bounds the time, to about a second of one core. The third bounds both beside a small ln: the blocks that are mixed
// take r × p × 128 bytes more, and are made by PBKDF2. The defaults of Django, Firebase and passlib take a quarter of a
// second at most, and have an r × p of at most 40.
const (
	maxScryptBlocks = 64 << 20 / 128 // 2^ln × r
	maxScryptWork   = 1 << 21        // 2^ln × r × p
	maxScryptMixed  = 1 << 14        // r × p
)

// scryptHash is a hash by scrypt (RFC 7914), or by the modified one of Firebase.
//
// The hash of Firebase is the signer key of a project, encrypted by AES-256-CTR with the key that scrypt derives. The
// stored form has the key stream instead, which is that hash XOR the signer key. A password can be compared with the
// key stream as well, and the signer key is not in the database.
type scryptHash struct {
	firebase  bool
	ln, r, p  int
	salt, key []byte
}

// allowed reports whether the lengths and the cost are in their bounds.
func (h scryptHash) allowed() bool {
	// Divisions instead of products, because products of large numbers overflow.
	return within(h.salt, minSalt, maxSalt) && within(h.key, minKey, maxKey) && h.ln < 31 &&
		h.r <= maxScryptBlocks>>h.ln && // check: scrypt-memory
		h.p <= maxScryptWork>>h.ln/h.r && // check: scrypt-work
		h.p <= maxScryptMixed/h.r // check: scrypt-mixed
}

// String returns the stored form. That of scrypt is the one of passlib: $scrypt$ln=14,r=8,p=1$salt$key.
func (h scryptHash) String() string {
	// Firebase has a name of its own, so that no program takes its key stream for a key.
	name := "scrypt"
	if h.firebase {
		name = "firebase-scrypt"
	}
	return fmt.Sprintf("$%s$ln=%d,r=%d,p=%d$%s$%s", name, h.ln, h.r, h.p,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

// Matches allocates the memory of the hash, up to 64 MiB, for the time of the call.
func (h scryptHash) Matches(password string) bool {
	// The key stream of Firebase is longer than the key that makes it.
	length := len(h.key)
	if h.firebase {
		length = 32 // of a key of AES-256
	}
	key, err := scrypt.Key([]byte(password), h.salt, 1<<h.ln, h.r, h.p, length)
	// scrypt.Key fails for bad parameters only, and allowed has checked them.
	if err != nil {
		return false
	}
	if h.firebase {
		block, err := aes.NewCipher(key)
		if err != nil {
			return false
		}
		// Encrypting zeros gives the key stream. The counter of Firebase begins at 0.
		key = make([]byte, len(h.key))
		cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(key, key)
	}
	return subtle.ConstantTimeCompare(key, h.key) == 1 // check: scrypt-compared
}

// Work counts blocks of 128 bytes, over all p passes.
func (h scryptHash) Work() admission.Work {
	return admission.Work{Algorithm: admission.Scrypt, Units: float64(h.r * h.p << h.ln)}
}

// readScrypt reads the stored forms, and returns nil if the text is none of them.
func readScrypt(text string) Hash {
	// A missing field is empty. A surplus field stays in the key, whose dollar sign base64 does not have.
	h := scryptHash{}
	name, rest, _ := strings.Cut(text[1:], "$")
	cost, rest, _ := strings.Cut(rest, "$")
	salt, key, _ := strings.Cut(rest, "$")
	h.firebase = name == "firebase-scrypt"
	if !h.setCost(cost) || !decodeAll([]string{salt, key}, &h.salt, &h.key) {
		return nil
	}
	// Kratos writes N itself as ln. The two cannot be confused: no N that is in use is below 2^10, and no ln is above 30.
	if log := bits.Len(uint(h.ln)) - 1; !h.firebase && log >= 10 && h.ln == 1<<log {
		h.ln = log
	}
	if !h.allowed() {
		return nil
	}
	return h
}

// setCost reads ln=14,r=8,p=1, and returns false if the text is something else.
func (h *scryptHash) setCost(text string) bool {
	// Each of the three must be there, because no default is the same in all programs.
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return false
	}
	// The order is that of passlib and of Kratos.
	for i, field := range []struct {
		name string
		into *int
	}{{"ln=", &h.ln}, {"r=", &h.r}, {"p=", &h.p}} {
		digits, named := strings.CutPrefix(fields[i], field.name)
		n, ok := number(digits)
		if !named || !ok {
			return false
		}
		*field.into = n
	}
	return true
}

// readDjangoScrypt reads scrypt$16384$salt$8$5$key. The salt is the text itself and not base64.
func readDjangoScrypt(text string) Hash {
	// The salt of Django has letters and digits only, so the dollar signs separate the fields.
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return nil
	}
	n, okN := number(parts[1])
	r, okR := number(parts[3])
	p, okP := number(parts[4])
	h := scryptHash{ln: bits.Len(uint(n)) - 1, r: r, p: p, salt: []byte(parts[2])}
	// scrypt is defined for powers of two from 2 on.
	if !okN || !okR || !okP || h.ln < 1 || n != 1<<h.ln || !decodeAll(parts[5:], &h.key) || !h.allowed() {
		return nil
	}
	return h
}

// readFirescrypt reads $firescrypt$ln=14,r=8,p=1$salt$hash$separator$signer: a hash of Firebase with the parameters of
// its project, as Kratos writes them. Firebase calls ln mem_cost and r rounds; p is 1.
func readFirescrypt(text string) Hash {
	// The parts are those of the line above, from "" before the first dollar sign on.
	parts := strings.Split(text, "$")
	if len(parts) != 7 {
		return nil
	}
	return firebaseHash(parts[2], parts[3:])
}

// readFbscrypt reads $fbscrypt$v=1,n=14,r=8,p=1,ss=separator,sk=signer$salt$hash: the same of Supabase, whose n is ln.
func readFbscrypt(text string) Hash {
	// The parts are those of the line above, from "" before the first dollar sign on.
	parts := strings.Split(text, "$")
	if len(parts) != 5 {
		return nil
	}
	// The key of the project and its separator are among the parameters. A project may have no separator.
	cost, found := strings.CutPrefix(parts[2], "v=1,n=")
	cost, signer, _ := strings.Cut(cost, ",sk=")
	cost, separator, _ := strings.Cut(cost, ",ss=")
	if !found {
		return nil
	}
	return firebaseHash("ln="+cost, []string{parts[3], parts[4], separator, signer})
}

// firebaseHash makes a hash of its cost and its parts: the salt, the hash, the separator and the signer key.
func firebaseHash(cost string, parts []string) Hash {
	h := scryptHash{firebase: true}
	var separator, signer []byte
	// A hash is as long as the signer key, because AES-CTR keeps the length.
	if !h.setCost(cost) || !decodeAll(parts, &h.salt, &h.key, &separator, &signer) || len(signer) != len(h.key) {
		return nil
	}
	// Firebase derives the key from the salt of the user and the separator of the project, in this order.
	h.salt = append(h.salt, separator...)
	subtle.XORBytes(h.key, h.key, signer)
	if !h.allowed() {
		return nil
	}
	return h
}

// decodeAll decodes parts from base64, each into the slice at its place. It returns false if one is malformed.
func decodeAll(parts []string, into ...*[]byte) (ok bool) {
	// Another number of parts is another format.
	if len(parts) != len(into) {
		return false
	}
	for i, part := range parts {
		if *into[i], ok = decode(part); !ok {
			return false
		}
	}
	return true
}
