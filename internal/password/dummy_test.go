package password

import "testing"

// TestVerifyDummyCostsAsMuch: the work without a user equals the work for a wrong
// password: equal memory, passes, lanes and lengths.
func TestVerifyDummyCostsAsMuch(t *testing.T) {
	t.Parallel()
	hasher, err := New(Config{Params: Params{Memory: 256, Passes: 3, Threads: 2}})
	if err != nil {
		t.Fatal(err)
	}
	type work struct {
		params              Params
		password, salt, key int // lengths in bytes
	}
	var done []work
	derive := hasher.derive
	hasher.derive = func(slot int, password, salt []byte, params Params, length uint32) []byte {
		done = append(done, work{params, len(password), len(salt), int(length)})
		return derive(slot, password, salt, params, length)
	}
	stored, err := hasher.Hash(t.Context(), "kXv9#qLw")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := hasher.Verify(t.Context(), stored, "another!"); ok || err != nil {
		t.Fatalf("a wrong password: %v, %v", ok, err)
	}
	if err := hasher.VerifyDummy(t.Context(), "another!"); err != nil {
		t.Fatal(err)
	}
	if len(done) != 3 || done[1] != done[2] {
		t.Errorf("hashed, verified and verified nobody with %+v", done)
	}
}
