package password_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/password/foreign"
)

// TestBoundsOfStoredHashes: a stored hash at the bounds of cost and length is accepted. poisoned has
// the values beyond them.
func TestBoundsOfStoredHashes(t *testing.T) {
	t.Parallel()
	hash := func(params string, salt, key int) string {
		part := func(n int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }
		return "$argon2id$v=19$" + params + "$" + part(salt) + "$" + part(key)
	}
	for _, stored := range []string{
		hash("m=8,t=1,p=1", 8, 16), hash("m=65536,t=10,p=4", 64, 64), hash("m=32,t=1,p=4", 8, 64),
	} {
		if again, _, err := password.RoundTrip(stored); err != nil || again != stored {
			t.Errorf("%s: %s, %v", stored, again, err)
		}
	}
	for cost, want := range map[string]float64{"04": 16, "14": 16384} {
		hash := foreign.Parse(strings.Replace(goodBcrypt, "$04$", "$"+cost+"$", 1))
		if hash == nil || hash.Work().Units != want {
			t.Errorf("bcrypt of cost %s: %+v", cost, hash)
		}
	}
	highest := password.Params{Memory: 65536, Passes: 10, Threads: 4}
	if _, err := password.New(password.Config{Params: highest}); err != nil {
		t.Errorf("the highest cost: %v", err)
	}
}

// TestLongestInput: 1,024 bytes are accepted before NFC shortens them, and one more byte is refused.
func TestLongestInput(t *testing.T) {
	t.Parallel()
	decomposed := strings.Repeat("\u1100\u1161\u11a8", 113) // 113 syllables of nine bytes
	composed := strings.Repeat("각", 113) + "1234567"
	if normal, err := password.Normalize(decomposed + "1234567"); err != nil || normal != composed {
		t.Errorf("1,024 bytes: %q, %v", normal, err)
	}
	if _, err := password.Normalize(decomposed + "12345678"); !errors.Is(err, password.ErrTooLong) {
		t.Errorf("1,025 bytes: %v", err)
	}
}
