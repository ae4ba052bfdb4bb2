package password_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/password"
)

const (
	goodHash   = "$argon2id$v=19$m=256,t=1,p=2$AAECAwQFBgcICQoLDA0ODw$VFgnAvz1lLzIqsJlzU4Vep7mtFlkTSKAoboYOBk/BAs"
	goodBcrypt = "$2b$04$abcdefghijklmnopqrstuuG9SiaY23kcHNVfZOi3ASV48v6x1TbkS"
)

// poisoned has stored hashes that must be refused: each is goodHash or goodBcrypt with
// one change.
func poisoned() map[string]string {
	argon := func(old, new string) string {
		changed := strings.Replace(goodHash, old, new, 1)
		if changed == goodHash {
			panic(old)
		}
		return changed
	}
	part := func(n int) string { return base64.RawStdEncoding.EncodeToString(make([]byte, n)) }
	salt, key := "$AAECAwQFBgcICQoLDA0ODw$", "$VFgnAvz1lLzIqsJlzU4Vep7mtFlkTSKAoboYOBk/BAs"
	return map[string]string{
		"empty":                   "",
		"not a hash":              "MyPassword123",
		"argon2i":                 argon("argon2id", "argon2i"),
		"argon2d":                 argon("argon2id", "argon2d"),
		"old version":             argon("v=19", "v=16"),
		"no version":              argon("v=19$", ""),
		"m of 4 GiB":              argon("m=256", "m=4194304"),
		"m just over the cap":     argon("m=256", "m=65537"),
		"m of 2^32+256":           argon("m=256", "m=4294967552"),
		"m under 8p":              argon("m=256", "m=15"),
		"m of 0":                  argon("m=256", "m=0"),
		"m negative":              argon("m=256", "m=-256"),
		"m with plus":             argon("m=256", "m=+256"),
		"m with leading zero":     argon("m=256", "m=0256"),
		"m in hex":                argon("m=256", "m=0x100"),
		"m with underscore":       argon("m=256", "m=2_56"),
		"m empty":                 argon("m=256", "m="),
		"t of 11":                 argon("t=1", "t=11"),
		"t of 0":                  argon("t=1", "t=0"),
		"p of 5":                  argon("p=2", "p=5"),
		"p of 257":                argon("p=2", "p=257"),
		"p of 0":                  argon("p=2", "p=0"),
		"parameters in disorder":  argon("m=256,t=1", "t=1,m=256"),
		"a parameter missing":     argon(",p=2", ""),
		"a parameter twice":       argon("p=2", "p=2,p=2"),
		"a key id":                argon("p=2", "p=2,keyid=AAAA"),
		"comma at the end":        argon("p=2", "p=2,"),
		"no salt":                 argon(salt, "$$"),
		"short salt":              argon(salt, "$"+part(7)+"$"),
		"long salt":               argon(salt, "$"+part(65)+"$"),
		"padded salt":             argon(salt, salt[:len(salt)-1]+"==$"),
		"salt with trailing bits": argon("DA0ODw$", "DA0ODx$"),
		"salt with line break":    argon("AAEC", "AA\nEC"),
		"salt in base64url":       argon("AAEC", "__--"),
		"no key":                  argon(key, ""),
		"empty key":               argon(key, "$"),
		"short key":               argon(key, "$"+part(15)),
		"long key":                argon(key, "$"+part(65)),
		"a part too many":         goodHash + "$AAAA",
		"space at the end":        goodHash + " ",
		"NUL at the end":          goodHash + "\x00",
		"a megabyte":              goodHash + strings.Repeat("A", 1<<20),
		"PBKDF2 of 2,000,001":     "$pbkdf2-sha256$i=2000001,l=32" + salt + key[1:],
		"PBKDF2 as Django writes": "pbkdf2_sha256$1000$seasalt$" + key[1:] + "=",
		"bcrypt of cost 15":       strings.Replace(goodBcrypt, "$04$", "$15$", 1),
		"bcrypt of cost 31":       strings.Replace(goodBcrypt, "$04$", "$31$", 1),
		"bcrypt of cost 3":        strings.Replace(goodBcrypt, "$04$", "$03$", 1),
		"bcrypt with signed cost": strings.Replace(goodBcrypt, "$04$", "$+4$", 1),
		"bcrypt 2x":               strings.Replace(goodBcrypt, "2b", "2x", 1),
		"bcrypt 3b":               strings.Replace(goodBcrypt, "2b", "3b", 1),
		"bcrypt too short":        goodBcrypt[:59],
		"bcrypt too long":         goodBcrypt + "a",
		"bcrypt with other signs": strings.Replace(goodBcrypt, "abc", "a+c", 1),
	}
}

// TestPoisonedHashes shows that a stored hash out of bounds costs neither a
// hash nor a place in the queue nor memory (F-29).
func TestPoisonedHashes(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	hasher := newHasher(t, password.Config{Metrics: registry})
	for _, good := range []string{goodHash, goodBcrypt} {
		if ok, _, err := hasher.Verify(t.Context(), good, "MyPassword123"); !ok || err != nil {
			t.Fatalf("%s: %v, %v", good, ok, err)
		}
	}
	before := metric(t, registry, "enroll_password_wait_seconds")
	for name, stored := range poisoned() {
		if ok, stale, err := hasher.Verify(t.Context(), stored, "MyPassword123"); ok || stale ||
			!errors.Is(err, password.ErrBadHash) {
			t.Errorf("%s: %v, %v, %v", name, ok, stale, err)
		}
	}
	if asked := metric(t, registry, "enroll_password_wait_seconds") - before; asked != 0 {
		t.Errorf("%v of them asked for a hasher", asked)
	}
}

// TestPoisonedHashAllocatesNothing runs alone, because AllocsPerRun counts the
// allocations of the whole process.
func TestPoisonedHashAllocatesNothing(t *testing.T) {
	hasher := newHasher(t, password.Config{})
	stored := poisoned()["m of 4 GiB"]
	job, err := hasher.Admit(t.Context(), admission.ForLogin)
	if err != nil {
		t.Fatal(err)
	}
	defer job.Cancel()
	allocs := testing.AllocsPerRun(100, func() {
		if _, _, err := job.Verify(t.Context(), stored, "MyPassword123"); err == nil {
			t.Error("accepted")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func FuzzPHC(f *testing.F) {
	f.Add(goodHash)
	for _, stored := range poisoned() {
		if len(stored) < 300 {
			f.Add(stored)
		}
	}
	f.Fuzz(func(t *testing.T, stored string) {
		again, params, err := password.RoundTrip(stored)
		if err != nil {
			if !errors.Is(err, password.ErrBadHash) {
				t.Fatalf("%q: %v", stored, err)
			}
			return
		}
		if again != stored {
			t.Fatalf("%q comes back as %q", stored, again)
		}
		if params.Memory > 64*1024 || params.Passes > 10 || params.Threads > 4 ||
			params.Passes < 1 || params.Threads < 1 || params.Memory < 8*uint32(params.Threads) {
			t.Fatalf("%q: %+v is out of bounds", stored, params)
		}
	})
}
