package argon2_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	reference "golang.org/x/crypto/argon2"

	"github.com/enroll-project/enroll/internal/password/argon2"
)

// The flags of TestAgrees. `make fuzz` sets them; a failure says how to repeat it.
var (
	inputs = flag.Int("inputs", 400, "how many inputs TestAgrees hashes")
	seed   = flag.Uint64("seed", 1, "seed of TestAgrees, 0 for one by chance")
)

// TestMain fails if a goroutine outlives the tests: the package starts none.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// each runs a test of every implementation.
func each(t *testing.T, test func(t *testing.T, im *argon2.Implementation)) {
	t.Helper()
	for _, name := range argon2.Names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			im, ok := argon2.Named(name)
			if !ok {
				t.Skipf("this CPU, or this build, is without %s: run the test on another one", name)
			}
			test(t, im)
		})
	}
}

// TestRFC9106 compares with the test vector of argon2id in RFC 9106 §5.3.
func TestRFC9106(t *testing.T) {
	t.Parallel()
	const want = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
	each(t, func(t *testing.T, im *argon2.Implementation) {
		got := im.Full(new(argon2.Memory), bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 16),
			bytes.Repeat([]byte{3}, 8), bytes.Repeat([]byte{4}, 12), argon2.Params{Memory: 32, Passes: 3, Lanes: 4}, 32)
		if hex.EncodeToString(got) != want {
			t.Errorf("got %x", got)
		}
	})
}

// TestKnownAnswers has hashes of the reference implementation in C: from its own
// test suite (phc-winner-argon2, test.c), and with the wide lanes of argon2-cffi 25.1.
func TestKnownAnswers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, im *argon2.Implementation) {
		var m argon2.Memory
		for _, test := range []struct {
			password, salt string
			params         argon2.Params
			want           string
		}{
			{"password", "somesalt", argon2.Params{Memory: 65536, Passes: 2, Lanes: 1},
				"09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"},
			{"password", "somesalt", argon2.Params{Memory: 256, Passes: 2, Lanes: 1},
				"9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
			{"password", "somesalt", argon2.Params{Memory: 256, Passes: 2, Lanes: 2},
				"6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"},
		} {
			got := im.Key(&m, []byte(test.password), []byte(test.salt), test.params, 32)
			if hex.EncodeToString(got) != test.want {
				t.Errorf("%s %+v: got %x", test.password, test.params, got)
			}
		}
	})
}

// perBatch is how many inputs share a subtest, and so their memory.
const perBatch = 100

// TestAgrees compares every implementation with x/crypto on random inputs: costs,
// lengths and contents. Memory is used again and again, so that data which one hash
// leaves would spoil the next one.
func TestAgrees(t *testing.T) {
	t.Parallel()
	from := *seed
	for from == 0 {
		from = rand.Uint64()
	}
	for batch := range (*inputs + perBatch - 1) / perBatch {
		t.Run(fmt.Sprint(batch), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(from, uint64(batch)))
			memory := make([]argon2.Memory, len(argon2.Names))
			for range min(perBatch, *inputs-batch*perBatch) {
				password, salt, params, length := anyInput(random)
				want := reference.IDKey(password, salt, params.Passes, params.Memory, params.Lanes, length)
				for i, name := range argon2.Names {
					im, ok := argon2.Named(name)
					if ok && !bytes.Equal(im.Key(&memory[i], password, salt, params, length), want) {
						t.Fatalf("%s differs from x/crypto: password %x, salt %x, %+v, %d bytes; repeat it with: "+
							"go test ./internal/password/argon2 -run 'TestAgrees/^%d$' -seed=%d -inputs=%d",
							name, password, salt, params, length, batch, from, *inputs)
					}
				}
			}
		})
	}
}

// anyInput prefers small memory, because hashes of less than 4 MiB already have spans and
// lists of every kind.
func anyInput(random *rand.Rand) (password, salt []byte, p argon2.Params, length uint32) {
	text := func(longest int) []byte {
		b := make([]byte, random.IntN(longest+1))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	p = argon2.Params{Passes: 1 + random.Uint32N(4), Lanes: uint8(1 + random.IntN(5))}
	if random.IntN(2) == 0 {
		p.Lanes = 1 // the default of the service
	}
	p.Memory = 8*uint32(p.Lanes) + random.Uint32N(8<<random.IntN(10))
	return text(300), text(80), p, 1 + random.Uint32N(2<<random.IntN(9))
}

// TestConcurrent uses one implementation in many goroutines at once, for the race
// detector and for errors that it cannot see, such as shared scratch space.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	params := argon2.Params{Memory: 512, Passes: 2, Lanes: 1}
	each(t, func(t *testing.T, im *argon2.Implementation) {
		var group sync.WaitGroup
		for i := range 4 {
			group.Go(func() {
				var m argon2.Memory
				password, salt := []byte{byte(i)}, []byte("saltsalt")
				want := reference.IDKey(password, salt, params.Passes, params.Memory, params.Lanes, 32)
				for range 20 {
					if got := im.Key(&m, password, salt, params, 32); !bytes.Equal(got, want) {
						t.Errorf("got %x, want %x", got, want)
					}
				}
			})
		}
		group.Wait()
	})
}

// TestKeyRefuses: Key panics for parameters that RFC 9106 §3.1 does not allow.
func TestKeyRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, im *argon2.Implementation) {
		for _, test := range []struct {
			params argon2.Params
			length uint32
			want   string
		}{
			{argon2.Params{Memory: 8, Passes: 0, Lanes: 1}, 32, "t=0"},
			{argon2.Params{Memory: 8, Passes: 1, Lanes: 0}, 32, "p=0"},
			{argon2.Params{Memory: 31, Passes: 1, Lanes: 4}, 32, "m=31"},
			{argon2.Params{Memory: 8, Passes: 1, Lanes: 1}, 0, "0 bytes"},
		} {
			func() {
				defer func() {
					if said := fmt.Sprint(recover()); !strings.Contains(said, test.want) {
						t.Errorf("%+v, %d bytes: %s", test.params, test.length, said)
					}
				}()
				im.Key(new(argon2.Memory), nil, nil, test.params, test.length)
			}()
		}
	})
}
