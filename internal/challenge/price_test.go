package challenge

import (
	"testing"
	"time"
)

// TestLoad: the load is 0 up to a twentieth of the allowed unsolved challenges, and 1 from half
// of them on.
func TestLoad(t *testing.T) {
	t.Parallel()
	b := budget{allowed: 100}
	for unsolved, want := range map[int32]float64{0: 0, 5: 0, 14: 0.2, 32: 0.6, 50: 1, 100: 1} {
		if got := b.load(unsolved); got != want {
			t.Errorf("%d unsolved: load %v, want %v", unsolved, got, want)
		}
	}
}

// TestNew: a Service without a part that it needs is refused at start.
func TestNew(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{Now: time.Now}); err == nil {
		t.Error("no error")
	}
}
