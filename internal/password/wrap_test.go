package password

import (
	"errors"
	"strings"
	"testing"
)

// TestWrap: a wrapped hash verifies the old password and no other one, costs one hash as for an unknown user, and is
// always replaced. Neither the weak hash itself nor one that was changed logs in.
func TestWrap(t *testing.T) {
	t.Parallel()
	hasher, err := New(Config{Params: Params{Memory: 256, Passes: 2, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var costs []Params
	derive := hasher.derive
	hasher.derive = func(slot int, password, salt []byte, params Params, length uint32) []byte {
		costs = append(costs, params)
		return derive(slot, password, salt, params, length)
	}
	// By Python's hashlib, passlib and openssl.
	for written, inner := range map[string]string{
		"md5$seasalt$b914e1cdc66a2b81f4cd307552347973":   "md5$c2Vhc2FsdA$",
		"sha1$$8650fb12541b93fd5f61b7800769c5de593265d5": "sha1$$",
		"{SSHA}QJkEaDAK3tr/41PQG4gVJGTvALpzYWx0c2FsdA==": "sha1$$c2FsdHNhbHQ",
		"$1$abcdefgh$yi0HvUHlSO2oYseyDXFXS1":             "md5-crypt$YWJjZGVmZ2g$",
	} {
		if stored, ok := Stored(written); ok || !Weak(written) {
			t.Errorf("%s is stored as %s", written, stored)
		}
		stored, err := hasher.Wrap(t.Context(), written)
		if err != nil || !strings.HasPrefix(stored, "$wrapped$"+inner+"$argon2id$v=19$m=256,t=2,p=1$") {
			t.Fatalf("%s: %s, %v", written, stored, err)
		}
		// The hash of an export is imported as it is.
		if again, ok := Stored(stored); !ok || again != stored || Weak(stored) {
			t.Errorf("%s is imported as %s", stored, again)
		}
		costs = nil
		if ok, stale, err := hasher.Verify(t.Context(), stored, "MyPassword123"); !ok || !stale || err != nil {
			t.Errorf("%s: %v, %v, %v", stored, ok, stale, err)
		}
		_, sum, _ := strings.Cut(written[1:], "$")
		for _, wrong := range []string{"", "mypassword123", written, sum, sum[strings.Index(sum, "$")+1:]} {
			if ok, stale, err := hasher.Verify(t.Context(), stored, wrong); ok || stale || err != nil {
				t.Errorf("%s with %q: %v, %v, %v", stored, wrong, ok, stale, err)
			}
		}
		for _, cost := range costs {
			if cost != hasher.params {
				t.Errorf("costs %+v", cost)
			}
		}
	}
	if _, err := hasher.Wrap(t.Context(), "b914e1cdc66a2b81f4cd307552347973"); !errors.Is(err, ErrBadHash) {
		t.Errorf("digits alone: %v", err)
	}
}

// TestWrappedRefused: a wrapped hash that is malformed inside or outside is refused before anything is computed.
func TestWrappedRefused(t *testing.T) {
	t.Parallel()
	hasher, err := New(Config{Params: Params{Memory: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	outer := "$argon2id$v=19$m=256,t=1,p=2$AAECAwQFBgcICQoLDA0ODw$VFgnAvz1lLzIqsJlzU4Vep7mtFlkTSKAoboYOBk/BAs"
	hasher.derive = func(int, []byte, []byte, Params, uint32) []byte { t.Error("computed"); return nil }
	for _, stored := range []string{
		"$wrapped$", "$wrapped$" + outer, "$wrapped$$$" + outer, "$wrapped$md4$$" + outer, "$wrapped$md5$" + outer,
		"$wrapped$md5$$", "$wrapped$md5$$x" + outer, "$wrapped$md5$$" + outer[1:], "$wrapped$md5$$" + outer + "$",
		"$wrapped$md5$$" + strings.Replace(outer, "m=256", "m=4194304", 1), "$wrapped$md5$$$wrapped$md5$$" + outer,
		"md5$$88a434c88cca4e900f7874cd98123f43", "$1$abcdefgh$yi0HvUHlSO2oYseyDXFXS1",
	} {
		if ok, _, err := hasher.Verify(t.Context(), stored, "MyPassword123"); ok || !errors.Is(err, ErrBadHash) {
			t.Errorf("%s: %v, %v", stored, ok, err)
		}
		if again, ok := Stored(stored); ok {
			t.Errorf("%s is stored as %s", stored, again)
		}
	}
}
