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
			for _, wrong := range []string{"", k.password + "a", "A" + k.password[1:]} {
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
		// The last character of a salt of bcrypt has bits that do not count.
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

// zeros returns a hash with zeros in its salt and its key.
func zeros(name, cost string, salt, key int) string {
	part := func(n int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }
	return "$" + name + "$" + cost + "$" + part(salt) + "$" + part(key)
}

func pbkdf2(digest, cost string, salt, key int) string {
	return zeros("pbkdf2-"+digest, cost, salt, key)
}

// TestBounds: costs and lengths at their bounds are accepted, and refused beyond them, as are malformed hashes.
func TestBounds(t *testing.T) {
	t.Parallel()
	key, key5 := "8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=", strings.Repeat(".", 43)
	for _, good := range []string{
		pbkdf2("sha256", "i=2000000", 1, 16), pbkdf2("sha1", "i=2000000", 64, 64), pbkdf2("sha512", "i=1000000", 8, 64),
		pbkdf2("sha256", "i=1,l=32", 8, 32), pbkdf2("sha256", "i=1,l=256", 8, 32), pbkdf2("sha256", "1", 8, 32),
		zeros("scrypt", "ln=16,r=8,p=4", 1, 16), zeros("scrypt", "ln=19,r=1,p=4", 64, 64),
		zeros("scrypt", "ln=1,r=16384,p=1", 8, 32), zeros("scrypt", "ln=1,r=1,p=16384", 8, 32),
		zeros("scrypt", "ln=1024,r=8,p=1", 8, 32), zeros("firebase-scrypt", "ln=14,r=8,p=16", 8, 64),
		"$fbscrypt$v=1,n=14,r=8,p=1,sk=" + key + "$AAAA$" + key,
		"scrypt$65536$salt$8$4$" + key, "$5$rounds=1000$s$" + key5, "$5$rounds=700000$ssssssssssssssss$" + key5,
		"$6$rounds=700000$s$" + key5 + key5,
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
		// 64 MiB and one block more, 2^21 blocks and one pass more, 2 MiB to be mixed and more, and what would overflow.
		zeros("scrypt", "ln=1,r=16385,p=1", 8, 32), zeros("scrypt", "ln=1,r=1,p=16385", 8, 32),
		zeros("scrypt", "ln=1,r=128,p=129", 8, 32), zeros("scrypt", "ln=1025,r=8,p=1", 8, 32),
		zeros("scrypt", "ln=512,r=8,p=1", 8, 32), zeros("firebase-scrypt", "ln=16384,r=8,p=1", 8, 64),
		zeros("scrypt", "ln=16,r=9,p=1", 8, 32), zeros("scrypt", "ln=20,r=1,p=1", 8, 32),
		zeros("scrypt", "ln=1,r=262145,p=1", 8, 32), zeros("scrypt", "ln=16,r=8,p=5", 8, 32),
		zeros("scrypt", "ln=14,r=8,p=17", 8, 32), zeros("scrypt", "ln=30,r=999999999,p=999999999", 8, 32),
		zeros("scrypt", "ln=63,r=1,p=1", 8, 32), zeros("scrypt", "ln=64,r=1,p=1", 8, 32),
		zeros("scrypt", "ln=999999999,r=8,p=1", 8, 32), zeros("scrypt", "ln=0,r=8,p=1", 8, 32),
		zeros("scrypt", "ln=14,r=0,p=1", 8, 32), zeros("scrypt", "ln=14,r=8,p=0", 8, 32),
		zeros("scrypt", "ln=14,p=1,r=8", 8, 32), zeros("scrypt", "ln=14,r=8", 8, 32),
		zeros("scrypt", "ln=14,r=8,p=1,x=1", 8, 32), zeros("scrypt", "14,8,1", 8, 32),
		zeros("scrypt", "ln=14,r=8,p=1", 0, 32), zeros("scrypt", "ln=14,r=8,p=1", 65, 32),
		zeros("scrypt", "ln=14,r=8,p=1", 8, 15), zeros("scrypt", "ln=14,r=8,p=1", 8, 65),
		zeros("firebase-scrypt", "ln=14,r=8,p=17", 8, 64), zeros("firescrypt", "ln=14,r=8,p=1", 8, 64),
		zeros("firescrypt", "ln=14,r=8,p=1", 8, 64) + "$Bw==$AAAA", zeros("firescrypt", "ln=14,r=8,p=1", 64, 16) +
			"$Bw==$AAECAwQFBgcICQoLDA0ODw", "$scrypt$", "$firescrypt$", "scrypt$", "scrypt$16384$salt$8$5$",
		"$fbscrypt$", "$fbscrypt$v=1,n=14,r=8,p=1$AAAA$" + key,
		"$fbscrypt$v=2,n=14,r=8,p=1,ss=Bw==,sk=" + key + "$AAAA$" + key,
		"$fbscrypt$v=1,n=14,r=8,p=17,ss=Bw==,sk=" + key + "$AAAA$" + key,
		"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=" + key + "$AAAA$" + key + "$",
		"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=" + key + ",x=1$AAAA$" + key,
		"scrypt$16383$salt$8$5$" + key, "scrypt$1$salt$8$5$" + key, "scrypt$65536$salt$8$5$" + key, "scrypt$$salt$8$5$" + key,
		"scrypt$16384$salt$8$5$" + key + "$", "$5$", "$6$", "$5$rounds=999$s$" + key5, "$5$rounds=700001$s$" + key5,
		"$5$rounds=$s$" + key5, "$5$rounds=1000$" + key5, "$5$$" + key5, "$5$sssssssssssssssss$" + key5,
		"$5$s$" + key5[1:], "$5$s$" + key5 + ".", "$6$s$" + key5, "$6$s$" + key5 + key5 + "$", "$5$s$" + key5[1:] + "E",
		"$6$s$" + key5 + key5[1:] + "2", "$5$s s$" + key5, "$5$s$" + key5[1:] + "\n", "$7$s$" + key5,
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
		admission.PBKDF2SHA256: 2e6, admission.PBKDF2SHA512: 1e6, admission.Scrypt: 1 << 21, admission.SHA256Crypt: 7e5,
		admission.SHA512Crypt: 7e5}
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
