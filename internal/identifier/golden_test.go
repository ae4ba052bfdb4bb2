//go:build !race

// Tests of one goroutine over very many values. The race detector would find nothing in them and make them thirty
// times slower, so tools/make/test.sh runs them without it.

package identifier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"testing"
	"unicode"
)

// golden has a digest of the keys of all code points for each kind. The digests belong to
// DataVersion.
var golden = struct {
	version                        int
	nameKeys, skeletons, emailKeys string
}{
	version:   1,
	nameKeys:  "7b0f17286201d3db4bc14656d2c22d9a",
	skeletons: "d9a9641ee206245582707b9e8059d147",
	emailKeys: "939e1ff1263ed9ab510b5e1bffe8a419",
}

// typedOnly are characters of names that are not in the table of permitted ones.
const typedOnly = "ำຳໜໝև·׳״་༌・_.-\u200c\u200d\u180b\u180e"

// TestKeysAreThoseOfTheDataVersion fails if a table, a library or a Go release gives an
// identifier another key. Stored users could then not log in, and uniqueness would fail.
func TestKeysAreThoseOfTheDataVersion(t *testing.T) {
	t.Parallel()
	names, skeletons, emails := sha256.New(), sha256.New(), sha256.New()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if 0xd800 <= r && r <= 0xdfff {
			continue
		}
		if isPermitted(r) || strings.ContainsRune(typedOnly, r) {
			stored := Names{UserName: "x" + string(r)}.Keys()
			fmt.Fprintf(names, "%U %s\n", r, stored.UserNameKey)
			fmt.Fprintf(skeletons, "%U %s\n", r, stored.UserNameSkeleton)
		}
		if email, err := ParseEmail("a@b" + string(r) + "c.com"); err == nil {
			fmt.Fprintf(emails, "%U %s\n", r, email.Key)
		}
	}
	same := golden.version == DataVersion
	for kind, digests := range map[string][2]string{
		"user name keys": {sum(names), golden.nameKeys}, "skeletons": {sum(skeletons), golden.skeletons},
		"email keys": {sum(emails), golden.emailKeys},
	} {
		if digests[0] != digests[1] {
			t.Errorf("%s: digest %s, want %s", kind, digests[0], digests[1])
			same = false
		}
	}
	if !same {
		t.Errorf("What to do: find out which code points have another key (compare with the last commit). If only new "+
			"ones are accepted, put the new digest here. If an accepted one has another key, raise DataVersion (%d) and "+
			"golden.version as well, so that `enroll migrate` computes stored keys again.", DataVersion)
	}
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil))[:32] }

// TestKeyThatDependedOnTheGoRelease: the capital sharp s in a domain was `ss` by the
// tables of Go 1.26 and is ß by those of Go 1.27.
func TestKeyThatDependedOnTheGoRelease(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"a@bẞc.com", "a@bßc.com", "A@BẞC.COM"} {
		email, err := ParseEmail(in)
		if err != nil || email.Key != "a@xn--bc-gia.com" || email.Display[1:] != "@bßc.com" {
			t.Errorf("%q: %+v, %v", in, email, err)
		}
	}
}

// TestLoginsHaveTheKeysOfRegistrations: for each identifier that may register, a login and
// the migration, which reads what is stored, compute the key that the registration computes.
func TestLoginsHaveTheKeysOfRegistrations(t *testing.T) {
	t.Parallel()
	accepted := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r%61 != 0 && (r > 0x323af || unicode.In(r, unicode.Han, unicode.Hangul, unicode.Tangut, unicode.Co)) {
			continue
		}
		for _, in := range []string{"x" + string(r) + "y", "山" + string(r), string(r) + string(r), "क" + string(r) + "क"} {
			name, err := ParseUserName(in)
			if err != nil {
				continue
			}
			accepted++
			if key, ok := LoginUserName(in); !ok || key != name.Key {
				t.Errorf("%+q logs in as %+q, %t; key %+q", in, key, ok, name.Key)
			}
			stored := Names{UserName: name.Display}.Keys()
			if stored.UserNameKey != name.Key || stored.UserNameSkeleton != name.Skeleton {
				t.Errorf("%+q is stored as %+q", in, stored)
			}
		}
		if email, err := ParseEmail("a@b" + string(r) + "c.com"); err == nil {
			accepted++
			key, ok := LoginEmail("A@b" + string(r) + "c.com")
			if stored := (Names{Email: email.Display}).Keys(); !ok || key != email.Key || stored.EmailKey != email.Key {
				t.Errorf("%U: %q, %t, %q; key %q", r, key, ok, stored.EmailKey, email.Key)
			}
		}
	}
	if accepted < 10_000 {
		t.Errorf("%d accepted, want at least 10_000", accepted)
	}
}

// TestLoginIsTotal: an identifier that may not register any more still has its key. A
// text that cannot be an identifier has none.
func TestLoginIsTotal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Admin": "admin", "客服小美": "客服小美", "ab_": "ab_", "Аlice": "аlice", "paypa丨": "paypa丨", "A": "a", "😀": "😀",
	} {
		if got, ok := LoginUserName(in); !ok || got != want {
			t.Errorf("%q logs in as %q, %t", in, got, ok)
		}
	}
	for _, in := range []string{"", "a\x00b", "\xff", strings.Repeat("a", 33), strings.Repeat("a", 10<<10)} {
		if got, ok := LoginUserName(in); ok {
			t.Errorf("%q logs in as %q", in, got)
		}
	}
	for in, want := range map[string]string{"A@B.c": "a@b.c", "a..b@x_y.com": "a..b@x_y.com", "ü@x.de": "ü@x.de"} {
		if got, ok := LoginEmail(in); !ok || got != want {
			t.Errorf("%q logs in as %q, %t", in, got, ok)
		}
	}
	for _, in := range []string{"", "@", "a@", "@b", "a\x00@b.c", "\xff@b.c", strings.Repeat("a", 255) + "@b.c"} {
		if got, ok := LoginEmail(in); ok {
			t.Errorf("%q logs in as %q", in, got)
		}
	}
}
