package foreign_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/password/foreign"
)

// known is a hash that another program has made.
type known struct {
	name, written string
	stored        string // "" if it is as written
	password      string
	work          admission.Work
}

// TestKnownHashes: each hash of another program matches its password and no other one, is stored in one form, and
// has the cost that it says.
func TestKnownHashes(t *testing.T) {
	t.Parallel()
	for _, k := range knownHashes() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			stored := k.stored
			if stored == "" {
				stored = k.written
			}
			h := foreign.Read(k.written)
			if h == nil || h.String() != stored || h.Work() != k.work {
				t.Fatalf("read as %v", h)
			}
			if h = foreign.Parse(stored); h == nil || !h.Matches(k.password) {
				t.Error("the right password does not match")
			}
			if k.written != stored && foreign.Parse(k.written) != nil {
				t.Error("a second spelling can be stored")
			}
			for _, wrong := range []string{"", k.password + "a", strings.ToUpper(k.password)} {
				if h.Matches(wrong) {
					t.Errorf("%q matches", wrong)
				}
			}
		})
	}
}

// TestChangedHashes: a hash with one bit changed at each end of its key, or of its salt, matches no more.
func TestChangedHashes(t *testing.T) {
	t.Parallel()
	for _, k := range knownHashes() {
		if k.work.Algorithm == admission.Bcrypt || k.work.Units > 1e5 {
			continue
		}
		stored := foreign.Read(k.written).String()
		last := strings.LastIndex(stored, "$")
		for _, at := range []int{last - 4, last + 1, last + 20} {
			changed := byte('A')
			if stored[at] == changed {
				changed = 'B'
			}
			h := foreign.Parse(stored[:at] + string(changed) + stored[at+1:])
			if h == nil || h.Matches(k.password) {
				t.Errorf("%s: changed at %d: %v", k.name, at, h)
			}
		}
	}
}

func knownHashes() []known {
	// The salt of the hashes by passlib and hashlib is 0, 1, 2 … 15.
	return []known{
		{"bcrypt of PyPI's bcrypt", "$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS", "", "MyPassword123",
			admission.Work{Algorithm: admission.Bcrypt, Units: 16}},
		{"RFC 7914, section 11", "$pbkdf2-sha256$i=1,l=64$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2R" +
			"ZkWZLOdd+8xfHG4RbHjC9UJESBB06GXgw", "", "passwd", admission.Work{Algorithm: admission.PBKDF2SHA256, Units: 1}},
		{"RFC 6070, 4096 iterations", "$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE", "", "password",
			admission.Work{Algorithm: admission.PBKDF2SHA1, Units: 4096}},
		// tests/auth_tests/test_hashers.py of Django 4.1.
		{"Django's own test", "pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
			"$pbkdf2-sha256$i=390000,l=32$c2Vhc2FsdA$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c", "lètmein",
			admission.Work{Algorithm: admission.PBKDF2SHA256, Units: 390_000}},
		{"Django 5.2.19, SHA-1", "pbkdf2_sha1$1000$h1tPfMPD2rZ6pXlR9TLVqA$XL0deiI2+6m8JBnTILDLAYJckFI=",
			"$pbkdf2-sha1$i=1000,l=20$aDF0UGZNUEQyclo2cFhsUjlUTFZxQQ$XL0deiI2+6m8JBnTILDLAYJckFI", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA1, Units: 1000}},
		{"passlib 1.7.4, SHA-256", "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$iflKemmRHEWiKc0EdSZjkv.izRTx9MhS9PtScJlamJU",
			"$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$iflKemmRHEWiKc0EdSZjkv+izRTx9MhS9PtScJlamJU", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA256, Units: 1000}},
		{"passlib 1.7.4, SHA-512", "$pbkdf2-sha512$1000$AAECAwQFBgcICQoLDA0ODw$m1VqVZ/..n9JbhEYq5aTu9/stxK.2c3GKVtFLKka42" +
			"j6RNMyNMLvxHZYgF4fBo.79ATf4MKpqUQipivFyL3wGw", "$pbkdf2-sha512$i=1000,l=64$AAECAwQFBgcICQoLDA0ODw$m1VqVZ/++n9J" +
			"bhEYq5aTu9/stxK+2c3GKVtFLKka42j6RNMyNMLvxHZYgF4fBo+79ATf4MKpqUQipivFyL3wGw", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA512, Units: 1000}},
		{"passlib 1.7.4, SHA-1", "$pbkdf2$1000$AAECAwQFBgcICQoLDA0ODw$i5eoZO4gSg7g5k0qUF4BhXdL/.4",
			"$pbkdf2-sha1$i=1000,l=20$AAECAwQFBgcICQoLDA0ODw$i5eoZO4gSg7g5k0qUF4BhXdL/+4", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA1, Units: 1000}},
		// Python's hashlib, with the parameters and the lengths of Keycloak: 64 bytes, which are four blocks of SHA-1.
		{"Keycloak, SHA-256", "$pbkdf2-sha256$i=27500$AAECAwQFBgcICQoLDA0ODw==$3OTF/hwcu3mu/0zodkhRhkXoKeOygatyx8kNcAqv" +
			"Sh118j9qNcsylXbrBSlcxZDHCv2nUlHSp4OhCqVIpUT3Kw==", "$pbkdf2-sha256$i=27500,l=64$AAECAwQFBgcICQoLDA0ODw$3OTF" +
			"/hwcu3mu/0zodkhRhkXoKeOygatyx8kNcAqvSh118j9qNcsylXbrBSlcxZDHCv2nUlHSp4OhCqVIpUT3Kw", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA256, Units: 27_500}},
		{"Keycloak, SHA-1", "$pbkdf2-sha1$i=20000,l=512$AAECAwQFBgcICQoLDA0ODw$Cwsyk9Tfnn2xjf59x4qntRJhNGScMDYvVi6LnIANZ" +
			"w6/d/HLQcY2sxneSEEXqqBkKY90nBnjUrsCOH2VFyUReg", "$pbkdf2-sha1$i=20000,l=64$AAECAwQFBgcICQoLDA0ODw$Cwsyk9Tfnn2" +
			"xjf59x4qntRJhNGScMDYvVi6LnIANZw6/d/HLQcY2sxneSEEXqqBkKY90nBnjUrsCOH2VFyUReg", "MyPassword123",
			admission.Work{Algorithm: admission.PBKDF2SHA1, Units: 20_000}},
	}
}

// pbkdf2 returns a hash with zeros in its salt and its key.
func pbkdf2(digest, cost string, salt, key int) string {
	part := func(n int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }
	return "$pbkdf2-" + digest + "$" + cost + "$" + part(salt) + "$" + part(key)
}

// TestBounds: costs and lengths at their bounds are accepted, and refused beyond them, as are malformed hashes.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		pbkdf2("sha256", "i=2000000", 1, 16), pbkdf2("sha1", "i=2000000", 64, 64), pbkdf2("sha512", "i=1000000", 8, 64),
		pbkdf2("sha256", "i=1,l=32", 8, 32), pbkdf2("sha256", "i=1,l=256", 8, 32), pbkdf2("sha256", "1", 8, 32),
	} {
		if foreign.Read(good) == nil {
			t.Errorf("%s is refused", good)
		}
	}
	for _, bad := range []string{
		pbkdf2("sha256", "i=2000001", 8, 32), pbkdf2("sha1", "i=2000001", 8, 20), pbkdf2("sha512", "i=1000001", 8, 64),
		pbkdf2("sha256", "i=99999999999999999999", 8, 32), pbkdf2("sha256", "i=4294967297", 8, 32),
		pbkdf2("sha256", "i=0", 8, 32), pbkdf2("sha256", "i=-1", 8, 32), pbkdf2("sha256", "i=+1", 8, 32),
		pbkdf2("sha256", "i=01", 8, 32), pbkdf2("sha256", "i=", 8, 32), pbkdf2("sha256", "i=1e3", 8, 32),
		pbkdf2("sha256", "i=1,l=31", 8, 32), pbkdf2("sha256", "i=1,l=", 8, 32), pbkdf2("sha256", "i=1,l=32,k=1", 8, 32),
		pbkdf2("sha256", "i=1", 0, 32), pbkdf2("sha256", "i=1", 65, 32), pbkdf2("sha256", "i=1", 8, 15),
		pbkdf2("sha256", "i=1", 8, 65), pbkdf2("md5", "i=1", 8, 32), pbkdf2("sha224", "i=1", 8, 28),
		pbkdf2("sha256", "i=1", 8, 32) + "$", pbkdf2("sha256", "i=1", 8, 32) + "\n", pbkdf2("sha256", "i=1", 8, 33) + "A",
		"$pbkdf2-", "$pbkdf2", "$pbkdf2$", "pbkdf2_", "pbkdf2_sha256", "pbkdf2_sha256$1$$", "pbkdf2_sha256$1$salt$",
		"pbkdf2_sha256$1$" + strings.Repeat("s", 65) + "$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
		"pbkdf2_sha256$1$sa$lt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=",
		"$PBKDF2-sha256$i=1$c2FsdA$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c", "", "$", "$$", "x",
		"$pbkdf2-sha256$i=1$" + strings.Repeat("A", 1<<20),
	} {
		if h := foreign.Read(bad); h != nil {
			t.Errorf("%.200s is read as %v", bad, h)
		}
	}
}

// FuzzRead: what is read is stored in a form that Parse accepts and that says the same, with a cost within its bound.
func FuzzRead(f *testing.F) {
	for _, k := range knownHashes() {
		f.Add(k.written)
		f.Add(foreign.Read(k.written).String())
	}
	most := map[admission.Algorithm]float64{admission.Bcrypt: 1 << 14, admission.PBKDF2SHA1: 2e6,
		admission.PBKDF2SHA256: 2e6, admission.PBKDF2SHA512: 1e6}
	f.Fuzz(func(t *testing.T, written string) {
		h := foreign.Read(written)
		if h == nil {
			return
		}
		again := foreign.Parse(h.String())
		if again == nil || again.String() != h.String() || again.Work() != h.Work() || h.String()[0] != '$' {
			t.Fatalf("%q is stored as %q, which is %v", written, h, again)
		}
		if units := h.Work().Units; units < 1 || units > most[h.Work().Algorithm] {
			t.Fatalf("%q costs %v", written, h.Work())
		}
	})
}
