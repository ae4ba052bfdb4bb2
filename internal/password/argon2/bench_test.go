package argon2_test

import (
	"testing"

	"github.com/enroll-project/enroll/internal/password/argon2"
)

// BenchmarkKey is one hash as the service makes it, with its allocations.
func BenchmarkKey(b *testing.B) {
	im, err := argon2.Choose()
	if err != nil {
		b.Fatal(err)
	}
	p := argon2.Params{Memory: 19 << 10, Passes: 2, Lanes: 1}
	m := argon2.NewMemory(p)
	b.ReportAllocs()
	for b.Loop() {
		im.Key(m, []byte("password"), []byte("0123456789abcdef"), p, 32)
	}
}

// TestAllocations: memory is reused. A hash allocates only small values such as the states
// of BLAKE2b, less than 5 KiB at any cost.
func TestAllocations(t *testing.T) {
	const goal = 24
	p := argon2.Params{Memory: 1024, Passes: 1, Lanes: 1}
	for _, name := range argon2.Names {
		im, ok := argon2.Named(name)
		if !ok {
			continue
		}
		m := argon2.NewMemory(p)
		if got := testing.AllocsPerRun(10, func() { im.Key(m, []byte("password"), []byte("saltsalt"), p, 32) }); got > goal {
			t.Errorf("%s: a hash costs %.0f allocations, more than %d", name, got, goal)
		}
	}
}
