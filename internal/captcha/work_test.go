package captcha_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/enroll-project/enroll/internal/captcha"
)

// newWork returns a Work of cfg, with a secret if cfg has none.
func newWork(t testing.TB, cfg captcha.WorkConfig) *captcha.Work {
	t.Helper()
	if cfg.Secret == nil {
		cfg.Secret = bytes.Repeat([]byte{1}, captcha.MinSecret)
	}
	c, err := captcha.NewWork(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// easy returns a Work of the lowest difficulty, which a test solves in milliseconds.
func easy(t testing.TB) *captcha.Work {
	t.Helper()
	return newWork(t, captcha.WorkConfig{MinBits: captcha.LeastBits, MaxBits: captcha.LeastBits})
}

// solved reports whether a counter solves a puzzle, as the documentation of Challenge describes it.
func solved(salt []byte, puzzle, counter uint32, bits int) bool {
	block := binary.BigEndian.AppendUint32(bytes.Clone(salt), puzzle)
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(block, counter))
	return new(big.Int).SetBytes(sum[:]).BitLen() <= 256-bits
}

func solve(ch captcha.Challenge) string {
	var answer []byte
	for i := range uint32(ch.Puzzles) {
		n := uint32(0)
		for !solved(ch.Salt, i, n, ch.Bits) {
			n++
		}
		answer = binary.BigEndian.AppendUint32(answer, n)
	}
	return hex.EncodeToString(answer)
}

// answered returns the result of an attempt.
func answered(t testing.TB, p captcha.Provider, id, answer string) error {
	t.Helper()
	a, err := p.Attempt(captcha.Scope{Site: site}, id, answer)
	if err != nil {
		t.Fatal(err)
	}
	return a.Verify(t.Context())
}

func TestNewWorkRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*captcha.WorkConfig)
		ok     bool
	}{
		"defaults":        {func(*captcha.WorkConfig) {}, true},
		"widest":          {func(c *captcha.WorkConfig) { c.MinBits, c.MaxBits = 8, 20 }, true},
		"not adaptive":    {func(c *captcha.WorkConfig) { c.MinBits, c.MaxBits = 15, 15 }, true},
		"too easy":        {func(c *captcha.WorkConfig) { c.MinBits = 7 }, false},
		"negative":        {func(c *captcha.WorkConfig) { c.MinBits = -1 }, false},
		"too hard":        {func(c *captcha.WorkConfig) { c.MaxBits = 21 }, false},
		"wrong way round": {func(c *captcha.WorkConfig) { c.MinBits, c.MaxBits = 15, 14 }, false},
		"short secret":    {func(c *captcha.WorkConfig) { c.Secret = c.Secret[1:] }, false},
		"no life":         {func(c *captcha.WorkConfig) { c.Life = -1 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := captcha.WorkConfig{Config: captcha.Config{Secret: bytes.Repeat([]byte{1}, 32)}}
			tc.change(&cfg)
			if _, err := captcha.NewWork(cfg); (err == nil) != tc.ok {
				t.Errorf("error %v, want none: %t", err, tc.ok)
			}
		})
	}
}

func TestWork(t *testing.T) {
	t.Parallel()
	c := easy(t)
	ch := challenge(t, c, captcha.Scope{Site: site})
	if len(ch.Salt) != 16 || ch.Bits != captcha.LeastBits || ch.Puzzles != 16 {
		t.Fatalf("salt of %d bytes, %d bits, %d puzzles", len(ch.Salt), ch.Bits, ch.Puzzles)
	}
	right := solve(ch)
	for _, good := range []string{right, strings.ToUpper(right)} {
		if err := answered(t, c, ch.ID, good); err != nil {
			t.Errorf("solved: %v", err)
		}
	}
	// Each puzzle in turn is solved with one bit too few.
	for i := range captcha.Puzzles {
		n := uint32(0)
		for solved(ch.Salt, uint32(i), n, ch.Bits) || !solved(ch.Salt, uint32(i), n, ch.Bits-1) {
			n++
		}
		lazy := right[:8*i] + fmt.Sprintf("%08x", n) + right[8*i+8:]
		if err := answered(t, c, ch.ID, lazy); !errors.Is(err, captcha.ErrWrong) {
			t.Errorf("puzzle %d almost solved: %v", i, err)
		}
	}
	other := challenge(t, c, captcha.Scope{Site: site})
	for _, bad := range []string{
		right[:len(right)-8], right[:len(right)-1], right + "0", right + "00000000", right[8:] + right[:8],
		"x" + right[1:], " " + right[1:], right + "\n", strings.Repeat("f", len(right)), solve(other),
	} {
		if err := answered(t, c, ch.ID, bad); !errors.Is(err, captcha.ErrWrong) {
			t.Errorf("%.20q of %d characters: %v", bad, len(bad), err)
		}
	}
}

// TestWorkIsAsHardAsIssued shows that an answer needs the difficulty at the time of
// issue, not the one at the time of the answer.
func TestWorkIsAsHardAsIssued(t *testing.T) {
	t.Parallel()
	c := newWork(t, captcha.WorkConfig{MinBits: 8, MaxBits: 12})
	for _, at := range []float64{0, 1} {
		ch := challenge(t, c, captcha.Scope{Site: site, Load: at})
		right := solve(ch)
		a, err := c.Attempt(captcha.Scope{Site: site, Load: 1 - at}, ch.ID, right)
		if err != nil || a.Verify(t.Context()) != nil {
			t.Errorf("issued at load %v: %v, %v", at, err, a.Verify(t.Context()))
		}
		ch.Bits = 8
		if err := answered(t, c, ch.ID, solve(ch)); (err == nil) != (at == 0) {
			t.Errorf("issued at load %v, solved with 8 bits: %v", at, err)
		}
	}
}

// TestWorkFollowsLoad: the difficulty is that of the load of its own scope. Challenges of
// other scopes do not change it.
func TestWorkFollowsLoad(t *testing.T) {
	t.Parallel()
	c := newWork(t, captcha.WorkConfig{MinBits: 10, MaxBits: 15})
	for range 1000 {
		challenge(t, c, captcha.Scope{Load: 1})
	}
	for _, tc := range []struct {
		load float64
		want int
	}{
		{0, 10}, {0.09, 10}, {0.11, 11}, {0.5, 13}, {0.91, 15}, {1, 15}, {7, 15}, {-1, 10},
		{math.Inf(1), 15}, {math.Inf(-1), 10}, {math.NaN(), 15},
	} {
		if got := challenge(t, c, captcha.Scope{Load: tc.load}).Bits; got != tc.want {
			t.Errorf("load %v: %d bits, want %d", tc.load, got, tc.want)
		}
	}
}

func TestWorkFails(t *testing.T) {
	t.Parallel()
	broken := io.MultiReader(io.LimitReader(seeded(5), 15), iotest.ErrReader(errBroken))
	c := newWork(t, captcha.WorkConfig{Config: captcha.Config{Rand: broken}})
	if ch, err := c.Challenge(t.Context(), captcha.Scope{}); !errors.Is(err, errBroken) || ch.ID != "" {
		t.Errorf("id %q, error %v", ch.ID, err)
	}
}

// FuzzWork shows that an answer is accepted if it has a counter for each puzzle and solved reports true for all
// of them, and that no other answer is accepted.
func FuzzWork(f *testing.F) {
	// A fixed clock and source give the same challenge, which never expires, in every
	// worker process of the fuzzer.
	c := newWork(f, captcha.WorkConfig{MinBits: captcha.LeastBits, Config: captcha.Config{
		Rand: seeded(6), Now: func() time.Time { return time.Unix(0, 0) },
	}})
	ch := challenge(f, c, captcha.Scope{Site: site})
	right := solve(ch)
	for _, seed := range []string{
		right, strings.ToUpper(right), right[1:], right + "0", "", strings.Repeat("0", len(right)), "g" + right[1:],
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		raw, err := hex.DecodeString(answer)
		want := err == nil && len(raw) == 4*captcha.Puzzles
		for i := 0; want && i < captcha.Puzzles; i++ {
			want = solved(ch.Salt, uint32(i), binary.BigEndian.Uint32(raw[4*i:]), ch.Bits)
		}
		if err := answered(t, c, ch.ID, answer); (err == nil) != want {
			t.Errorf("%q: %v", answer, err)
		}
	})
}

func BenchmarkVerifyWork(b *testing.B) {
	c := easy(b)
	ch := challenge(b, c, captcha.Scope{Site: site})
	a, err := c.Attempt(captcha.Scope{Site: site}, ch.ID, solve(ch))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Verify(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
