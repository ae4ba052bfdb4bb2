package password_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/password"
)

// counting is the salt of the known answers: 0, 1, 2 … 15.
var counting = []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// TestKnownAnswers compares with hashes made by the reference implementation in
// C (argon2-cffi 25.1).
func TestKnownAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		params         password.Params
		password, want string
	}{
		"default cost": {password.Params{}, "MyPassword123",
			"$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$0tOG9jzsX6E+TI3PLI0YernNjuL1xorqTN3NuEWMlkA"},
		"less memory, more passes": {password.Params{Memory: 7168, Passes: 5, Threads: 1}, "密码一二三四五六",
			"$argon2id$v=19$m=7168,t=5,p=1$AAECAwQFBgcICQoLDA0ODw$27UiM31VRnswVnI4GZtVk3MljyAjLmWcY2mXXEox+n0"},
		"two lanes": {password.Params{Memory: 256, Passes: 1, Threads: 2}, "MyPassword123",
			"$argon2id$v=19$m=256,t=1,p=2$AAECAwQFBgcICQoLDA0ODw$VFgnAvz1lLzIqsJlzU4Vep7mtFlkTSKAoboYOBk/BAs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hasher := newHasher(t, password.Config{Params: test.params, Rand: bytes.NewReader(counting)})
			got, err := hasher.Hash(t.Context(), test.password)
			if err != nil || got != test.want {
				t.Fatalf("got %s, %v", got, err)
			}
			if ok, stale, err := hasher.Verify(t.Context(), got, test.password); !ok || stale || err != nil {
				t.Errorf("Verify: %v, %v, %v", ok, stale, err)
			}
		})
	}
}

// TestVerifyOldHashes: hashes of other programs and costs are verified, and reported as stale.
func TestVerifyOldHashes(t *testing.T) {
	t.Parallel()
	hasher := newHasher(t, password.Config{})
	for name, test := range map[string]struct{ stored, password string }{
		// From the test suite of the reference implementation (phc-winner-argon2, test.c).
		"argon2id, 64 MiB, short salt": {
			"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password",
		},
		"argon2id, weaker": {
			"$argon2id$v=19$m=256,t=1,p=2$AAECAwQFBgcICQoLDA0ODw$VFgnAvz1lLzIqsJlzU4Vep7mtFlkTSKAoboYOBk/BAs", "MyPassword123",
		},
		// Made by the bcrypt package of PyPI.
		"bcrypt 2b":          {"$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS", "MyPassword123"},
		"bcrypt 2a":          {"$2a$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS", "MyPassword123"},
		"bcrypt 2y":          {"$2y$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS", "MyPassword123"},
		"bcrypt of 72 bytes": {"$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe", strings.Repeat("a", 72)},
		// Made by passlib 1.7.4.
		"PBKDF2": {"$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$iflKemmRHEWiKc0EdSZjkv+izRTx9MhS9PtScJlamJU",
			"MyPassword123"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if ok, stale, err := hasher.Verify(t.Context(), test.stored, test.password); !ok || !stale || err != nil {
				t.Errorf("right password: %v, %v, %v", ok, stale, err)
			}
			for _, wrong := range []string{"", test.password + "a", strings.ToUpper(test.password), test.password[1:]} {
				if ok, stale, err := hasher.Verify(t.Context(), test.stored, wrong); ok || stale || err != nil {
					t.Errorf("wrong password: %v, %v, %v", ok, stale, err)
				}
			}
		})
	}
}

// TestVerifyWhole changes one thing at a time, also far from the start (6.2.8).
func TestVerifyWhole(t *testing.T) {
	t.Parallel()
	hasher := newHasher(t, password.Config{Params: cheap})
	long := strings.Repeat("kXv9#qLw", 16)
	stored, err := hasher.Hash(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	at := func(i int) string { return long[:i] + "?" + long[i+1:] }
	for name, other := range map[string]string{
		"first": at(0), "72nd": at(71), "73rd": at(72), "last": at(127), "case": long[:127] + "W",
		"shorter": long[:127], "space after": long + " ", "space before": " " + long, "cut at 72": long[:72],
	} {
		if ok, _, err := hasher.Verify(t.Context(), stored, other); ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	if ok, stale, err := hasher.Verify(t.Context(), stored, long); !ok || stale || err != nil {
		t.Errorf("itself: %v, %v, %v", ok, stale, err)
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	configured := password.Params{Memory: 128, Passes: 2, Threads: 2}
	current := newHasher(t, password.Config{Params: configured})
	for name, test := range map[string]struct {
		made password.Params
		want bool
	}{
		"unchanged":    {configured, false},
		"less memory":  {password.Params{Memory: 64, Passes: 2, Threads: 2}, true},
		"more memory":  {password.Params{Memory: 256, Passes: 2, Threads: 2}, true},
		"fewer passes": {password.Params{Memory: 128, Passes: 1, Threads: 2}, true},
		"fewer lanes":  {password.Params{Memory: 128, Passes: 2, Threads: 1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored, err := newHasher(t, password.Config{Params: test.made}).Hash(t.Context(), "kXv9#qLw")
			if err != nil {
				t.Fatal(err)
			}
			if ok, stale, err := current.Verify(t.Context(), stored, "kXv9#qLw"); !ok || stale != test.want || err != nil {
				t.Errorf("got %v, %v, %v", ok, stale, err)
			}
		})
	}
}

// TestStaleLengths has hashes of the configured cost with other lengths of salt and hash,
// made by argon2-cffi.
func TestStaleLengths(t *testing.T) {
	t.Parallel()
	hasher := newHasher(t, password.Config{Params: password.Params{Memory: 128, Passes: 2, Threads: 2}})
	for name, stored := range map[string]string{
		"salt of 8": "$argon2id$v=19$m=128,t=2,p=2$c29tZXNhbHQ$To9/LyALkpuhGA6sOX6gEK+TRENAmhi5MLmCJ6NbZb4",
		"key of 24": "$argon2id$v=19$m=128,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$nP2F3X1PJtlVDmMcvnheGeq/JsxmoHa3",
	} {
		if ok, stale, err := hasher.Verify(t.Context(), stored, "kXv9#qLw"); !ok || !stale || err != nil {
			t.Errorf("%s: %v, %v, %v", name, ok, stale, err)
		}
	}
}

func TestSaltsDiffer(t *testing.T) {
	t.Parallel()
	hasher := newHasher(t, password.Config{Params: password.Params{Memory: 8, Passes: 1, Threads: 1}, Queue: 1})
	seen := map[string]bool{}
	for range 10_000 {
		stored, err := hasher.Hash(t.Context(), "kXv9#qLw")
		if err != nil || seen[stored] {
			t.Fatalf("after %d hashes: %v", len(seen), err)
		}
		seen[stored] = true
	}
}

func TestHashNeedsRandomness(t *testing.T) {
	t.Parallel()
	broken := errors.New("no randomness")
	hasher := newHasher(t, password.Config{Params: cheap, Rand: iotest.ErrReader(broken)})
	if stored, err := hasher.Hash(t.Context(), "kXv9#qLw"); stored != "" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", stored, err)
	}
}

// TestVerifyDummy shows that a login under an unknown name costs one whole hash.
func TestVerifyDummy(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	hasher := newHasher(t, password.Config{Params: cheap, Metrics: registry})
	var computed []int
	hasher.Watch(func(slot int) { computed = append(computed, slot) }, func(int) {})
	if err := hasher.VerifyDummy(t.Context(), "kXv9#qLw"); err != nil || len(computed) != 1 {
		t.Errorf("computed on slots %v: %v", computed, err)
	}
	if hashes := metric(t, registry, "enroll_password_hash_seconds"); hashes != 1 {
		t.Errorf("measured %v hashes", hashes)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hasher.VerifyDummy(gone, "kXv9#qLw"); !errors.Is(err, context.Canceled) || len(computed) != 1 {
		t.Errorf("after canceling: slots %v, %v", computed, err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]password.Config{
		"memory over the cap":   {Params: password.Params{Memory: 64*1024 + 1}},
		"memory under 8 a lane": {Params: password.Params{Memory: 31, Threads: 4}},
		"passes over the cap":   {Params: password.Params{Passes: 11}},
		"lanes over the cap":    {Params: password.Params{Threads: 5}},
		"negative workers":      {Workers: -1},
		"negative queue":        {Queue: -1},
		"negative wait":         {MaxWait: -1},
	} {
		if _, err := password.New(config); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	registry := prometheus.NewRegistry()
	newHasher(t, password.Config{Metrics: registry})
	if _, err := password.New(password.Config{Metrics: registry}); err == nil {
		t.Error("metrics can be registered twice")
	}
}

// TestConcurrentUse is for the race detector: every method at once.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	hasher := newHasher(t, password.Config{Params: cheap, Queue: 100})
	stored, err := hasher.Hash(t.Context(), "kXv9#qLw")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := hasher.Hash(t.Context(), "kXv9#qLw"); err != nil {
				t.Error(err)
			}
			if ok, _, err := hasher.Verify(t.Context(), stored, "kXv9#qLw"); !ok || err != nil {
				t.Error(ok, err)
			}
			if err := hasher.VerifyDummy(t.Context(), "kXv9#qLw"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func BenchmarkHash(b *testing.B) {
	hasher := newHasher(b, password.Config{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := hasher.Hash(b.Context(), "MyPassword123"); err != nil {
			b.Fatal(err)
		}
	}
}
