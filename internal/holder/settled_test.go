package holder_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/holder"
)

// TestSettled: a changed address recovers nothing for exactly a day. An address that was never changed has no
// time, and always recovers.
func TestSettled(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	day := changed.Add(24 * time.Hour)
	for now, want := range map[time.Time]bool{changed: false, day.Add(-time.Nanosecond): false, day: true} {
		if got := holder.Settled(&changed, now); got != want {
			t.Errorf("at %s: %v", now, got)
		}
	}
	if !holder.Settled(nil, changed) {
		t.Error("an address that was never changed recovers nothing")
	}
}

// TestProofComplete: a proof has either a password or a code, and not both.
func TestProofComplete(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		proof holder.Proof
		want  string
	}{
		{holder.Proof{Password: "a"}, ""},
		{holder.Proof{Code: "1"}, ""},
		{holder.Proof{Field: "old_password"}, "proof_required\nold_password: required"},
		{holder.Proof{Field: "password", Password: "a", Code: "1"}, "proof_required\npassword: required"},
	} {
		got := ""
		if err := c.proof.Complete(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.proof, got, c.want)
		}
	}
}
