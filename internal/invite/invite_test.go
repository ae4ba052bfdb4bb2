package invite_test

import (
	"bytes"
	"testing"

	"github.com/enroll-project/enroll/internal/invite"
)

// TestNew: a code has 16 characters of its alphabet, and New returns an error if the source of
// randomness fails.
func TestNew(t *testing.T) {
	t.Parallel()
	got, err := invite.New(bytes.NewReader([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 255}))
	if err != nil || got != "000g40r40m30e27z" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := invite.New(bytes.NewReader(nil)); err == nil || got != "" {
		t.Errorf("without randomness: %q, %v", got, err)
	}
}

// TestCanonical: a code that was copied with blanks or in capitals is the same code.
func TestCanonical(t *testing.T) {
	t.Parallel()
	if got := invite.Canonical(" 7K3m\n"); got != "7k3m" {
		t.Errorf("%q", got)
	}
}

// TestNone: None is false for a hint alone, and true for a site alone.
func TestNone(t *testing.T) {
	t.Parallel()
	for n, want := range map[invite.Named]bool{
		{Site: 1}: true, {Code: "a"}: false, {ID: 1}: false, {Hint: "a"}: false,
	} {
		if n.None() != want {
			t.Errorf("%+v: %v", n, n.None())
		}
	}
}
