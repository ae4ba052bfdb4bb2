package argon2_test

import (
	"bytes"
	"testing"

	"github.com/enroll-project/enroll/internal/password/argon2"
)

// TestMemoryIsWiped: nothing of a hash outlives it.
func TestMemoryIsWiped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, im *argon2.Implementation) {
		var m argon2.Memory
		for _, p := range []argon2.Params{{Memory: 1024, Passes: 1, Lanes: 1}, {Memory: 500, Passes: 2, Lanes: 3},
			{Memory: 64, Passes: 1, Lanes: 1}} {
			im.Key(&m, []byte("password"), []byte("saltsalt"), p, 32)
			if m.Blocks() < 1024 || !m.Zero() {
				t.Errorf("after %+v: %d blocks, wiped %v", p, m.Blocks(), m.Zero())
			}
		}
	})
}

// TestMemoryShrinks: a stored hash of high cost takes memory only while it is computed.
func TestMemoryShrinks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, im *argon2.Implementation) {
		usual := argon2.Params{Memory: 2048, Passes: 1, Lanes: 1}
		m := argon2.NewMemory(usual)
		if m.Blocks() != 0 {
			t.Errorf("%d blocks before the first hash", m.Blocks())
		}
		hash := func(p argon2.Params) []byte { return im.Key(m, []byte("password"), []byte("saltsalt"), p, 32) }
		first := hash(usual)
		kept := m.Blocks()
		if kept < 2048 || kept >= 2*2048 {
			t.Errorf("%d blocks after a hash of 2048", kept)
		}
		if bytes := argon2.KeptBytes(usual); int64(kept)*1024 > bytes || bytes > 2048*1024+2<<20 {
			t.Errorf("KeptBytes is %d with %d blocks", bytes, kept)
		}
		if hash(argon2.Params{Memory: 8, Passes: 1, Lanes: 1}); m.Blocks() != kept {
			t.Errorf("%d blocks after a small hash, and %d before it", m.Blocks(), kept)
		}
		if hash(argon2.Params{Memory: 16384, Passes: 1, Lanes: 4}); m.Blocks() != 0 {
			t.Errorf("%d blocks after a large hash", m.Blocks())
		}
		if again := hash(usual); !bytes.Equal(first, again) || m.Blocks() != kept {
			t.Errorf("%x with %d blocks afterwards", again, m.Blocks())
		}
	})
}

// TestBounds: assembly writes to no block but its own.
func TestBounds(t *testing.T) {
	t.Parallel()
	const fence = 256
	each(t, func(t *testing.T, im *argon2.Implementation) {
		for _, p := range []argon2.Params{{Memory: 1100, Passes: 2, Lanes: 1}, {Memory: 96, Passes: 2, Lanes: 3},
			{Memory: 8, Passes: 3, Lanes: 1}} {
			n := int(p.Memory) / (4 * int(p.Lanes)) * 4 * int(p.Lanes)
			field := make([][128]uint64, fence+n+fence)
			for i := range field {
				for w := range field[i] {
					field[i][w] = 0x5555_5555_5555_5555
				}
			}
			var m argon2.Memory
			m.Within(field[fence : fence+n])
			im.Key(&m, []byte("password"), []byte("saltsalt"), p, 32)
			for i := range field {
				for w, v := range field[i] {
					inside := i >= fence && i < fence+n
					if inside && v != 0 || !inside && v != 0x5555_5555_5555_5555 {
						t.Fatalf("%+v: word %d of block %d of %d is %#x", p, w, i-fence, n, v)
					}
				}
			}
		}
	})
}
