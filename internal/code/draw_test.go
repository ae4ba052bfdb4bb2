//go:build !race

// One goroutine tries very many values, so the race detector would find nothing: tools/make/test.sh runs this
// without it.

package code_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"math"
	"strconv"
	"testing"

	"github.com/enroll-project/enroll/internal/code"
)

// TestCodesAreUniform draws a million codes from the real source and counts them by their first
// three digits, their last three and by each place. With a fair source the test fails less than
// once in a million runs. A source of 20 bits modulo a million would favor the first 48,576 codes
// by two to one, and fail with a chi-square of tens of thousands.
func TestCodesAreUniform(t *testing.T) {
	t.Parallel()
	const codes = 1_000_000
	var first, last [1000]int
	var place [6][10]int
	for range codes {
		drawn, err := code.Draw(rand.Reader)
		fatal(t, err)
		if len(drawn) != len(place) {
			t.Fatalf("code %q", drawn)
		}
		n, err := strconv.Atoi(drawn)
		fatal(t, err)
		first[n/1000]++
		last[n%1000]++
		for i := range place {
			place[i][drawn[i]-'0']++
		}
	}
	even := func(what string, seen []int) {
		p := chiSquareP(seen)
		t.Logf("%s: p = %.4f", what, p)
		// There are eight tables. With a fair source, one of them falls below this bound in one of twelve million
		// runs.
		if p < 1e-8 {
			t.Errorf("%s: p = %g", what, p)
		}
	}
	even("first three digits", first[:])
	even("last three digits", last[:])
	for i := range place {
		even("place "+strconv.Itoa(i+1), place[i][:])
	}
}

// chiSquareP returns the probability that the counts of a fair source are at least as uneven
// as seen (Wilson and Hilferty, 1931: the cube root of chi-square is nearly normal).
func chiSquareP(seen []int) float64 {
	sum, x := 0.0, 0.0
	for _, n := range seen {
		sum += float64(n)
	}
	mean, free := sum/float64(len(seen)), float64(len(seen)-1)
	for _, n := range seen {
		x += (float64(n) - mean) * (float64(n) - mean) / mean
	}
	z := (math.Cbrt(x/free) - (1 - 2/(9*free))) / math.Sqrt(2/(9*free))
	return math.Erfc(z/math.Sqrt2) / 2
}

// TestDraw: the first and the last code, and a number beyond it that is drawn again.
func TestDraw(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		random string
		want   string
		err    error
	}{
		{"\x00\x00\x00", "000000", nil},
		{"\x00\x00\x07", "000007", nil},
		{"\x0f\x42\x3f", "999999", nil},
		{"\xff\x42\x3f", "999999", nil}, // the upper four bits are ignored
		{"\x0f\x42\x40\x00\x00\x2a", "000042", nil},
		{"\xff\xff\xff\x0f\x42\x40\x01\xe2\x40", "123456", nil},
		{"", "", io.EOF},
		{"\x00\x00", "", io.ErrUnexpectedEOF},
		{"\x0f\x42\x40", "", io.EOF},
	} {
		got, err := code.Draw(bytes.NewReader([]byte(c.random)))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%x: %q, %v, want %q, %v", c.random, got, err, c.want, c.err)
		}
	}
}
