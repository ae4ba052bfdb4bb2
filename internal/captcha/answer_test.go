package captcha

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestAnswerEqual(t *testing.T) {
	t.Parallel()
	a := answer([]byte("012345"))
	for _, tc := range []struct {
		typed string
		want  bool
	}{
		{"012345", true},
		{" 012345\r\n", true},
		{"012 345", true},
		{"０１２３４５", true},
		{"٠١٢٣٤٥", true},
		{"०१२३४५", true},
		{"𝟎　𝟏　𝟐　𝟑　𝟒　𝟓", true},
		{"⓪①②③④⑤", false},
		{"　０ １　２ ３　４ ５　", true},
		{"0\u00a01\u20072\u20283４5", true},
		{"", false},
		{" ", false},
		{"\x00\x00\x00\x00\x00\x00", false},
		{"01234", false},
		{"12345", false},
		{"0123456", false},
		{"0012345", false},
		{"012346", false},
		{"112345", false},
		{"543210", false},
		{"O12345", false},
		{"-12345", false},
		{"+012345", false},
		{"012345.0", false},
		{"0x12345", false},
		{"0\u200b12345", true}, // a zero-width space
		{"\u200e012345\u200f", true},
		{"\ufeff012345", true},
		{"012345\u0301", false}, // a combining accent is visible
		{"\xff012345", false},
		{"012345" + strings.Repeat(" ", 58), true},
		{"012345" + strings.Repeat(" ", 59), false},
		{strings.Repeat("0", 1<<20), false},
	} {
		if got := a.equal(tc.typed); got != tc.want {
			t.Errorf("%.40q: %t, want %t", tc.typed, got, tc.want)
		}
	}
	if (answer{}).equal("") {
		t.Error("the zero answer equals the empty text")
	}
}

// TestAnswersAreUniform would find the error of taking each byte modulo ten: 0 to 5 would then have a probability of
// 26/256 and 6 to 9 one of 25/256. That gives a chi square of about 140 for the 360,000 digits of all places, but only
// about 31 for the 60,000 digits of one place, so the sum over all places is checked, too.
func TestAnswersAreUniform(t *testing.T) {
	t.Parallel()
	const count = 60_000
	src := rand.NewChaCha8([32]byte{1})
	var at [answerLen][10]int
	for range count {
		a, err := newAnswer(src)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range a {
			at[i][d-'0']++
		}
	}
	const limit = 33.7 // nine degrees of freedom, p = 0.0001
	var all [10]int
	for i := range at {
		if x := chiSquare(at[i]); x > limit {
			t.Errorf("place %d: chi square %.1f of %v", i, x, at[i])
		}
		for d, n := range at[i] {
			all[d] += n
		}
	}
	if x := chiSquare(all); x > limit {
		t.Errorf("all places: chi square %.1f of %v", x, all)
	}
}

func chiSquare(seen [10]int) float64 {
	var sum, x float64
	for _, n := range seen {
		sum += float64(n)
	}
	for _, n := range seen {
		d := float64(n) - sum/10
		x += d * d / (sum / 10)
	}
	return x
}

// TestAnswerSkipsHighBytes: bytes from 250 on are skipped. With them, 0 to 5 would be more frequent than 6 to 9.
func TestAnswerSkipsHighBytes(t *testing.T) {
	t.Parallel()
	// newAnswer reads six bytes, of which three are rejected. Then it reads three, one and one.
	src := []byte{250, 9, 255, 19, 251, 0, 249, 252, 10, 253, 5}
	a, err := newAnswer(bytes.NewReader(src))
	if string(a[:]) != "990905" || err != nil {
		t.Errorf("answer %q, error %v", a, err)
	}
	a, err = newAnswer(bytes.NewReader(src[:10]))
	if a != (answer{}) || !errors.Is(err, io.EOF) {
		t.Errorf("a source that ends gave %q, error %v", a, err)
	}
}
