package argon2_test

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/password/argon2"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	im, err := argon2.Choose()
	if err != nil || im.Name() != argon2.Fastest() {
		t.Errorf("chose %s, %v; want %s", im.Name(), err, argon2.Fastest())
	}
	t.Logf("this CPU computes with %s", im.Name())
}

// TestChooseFallsBack: an implementation that computes wrongly is found at the start,
// reported, and not used.
func TestChooseFallsBack(t *testing.T) {
	t.Parallel()
	flip := func(when func(c argon2.Call) bool) *argon2.Implementation {
		return argon2.Spoilt(func(c argon2.Call) {
			if when(c) {
				c.Blocks[c.First+c.Count-1][77] ^= 1 << 40
			}
		})
	}
	for name, broken := range map[string]*argon2.Implementation{
		"a bit of every span":          flip(func(argon2.Call) bool { return true }),
		"a bit of listed spans":        flip(func(c argon2.Call) bool { return c.Listed }),
		"a bit of chased spans":        flip(func(c argon2.Call) bool { return !c.Listed }),
		"a bit of the first pass":      flip(func(c argon2.Call) bool { return !c.Listed && !c.Over }),
		"a bit of later passes":        flip(func(c argon2.Call) bool { return c.Over }),
		"a bit where there are lanes":  flip(func(c argon2.Call) bool { return c.Lanes > 1 }),
		"a bit in the last lane":       flip(func(c argon2.Call) bool { return c.Lanes > 1 && c.Lane == c.Lanes-1 }),
		"a bit of full spans":          flip(func(c argon2.Call) bool { return c.Count == 128 }),
		"a bit of spans not full":      flip(func(c argon2.Call) bool { return !c.Listed && c.Count < 128 }),
		"old content is forgotten":     argon2.Forgetful(true, false),
		"other lanes have other areas": argon2.Forgetful(false, true),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			im, err := argon2.ChooseFrom(broken)
			if im.Name() != "x/crypto" || err == nil || !strings.Contains(err.Error(), broken.Name()+" differs") {
				t.Errorf("chose %s, %v", im.Name(), err)
			}
			sound, _ := argon2.Named("portable")
			im, err = argon2.ChooseFrom(broken, sound, broken)
			if im != sound || err == nil {
				t.Errorf("with another: chose %s, %v", im.Name(), err)
			}
		})
	}
}

// TestReference: x/crypto's own answers pass the check.
func TestReference(t *testing.T) {
	t.Parallel()
	im, err := argon2.ChooseFrom()
	if err != nil || im.Name() != "x/crypto" {
		t.Fatalf("chose %s, %v", im.Name(), err)
	}
	if again, err := argon2.ChooseFrom(im); again != im || err != nil {
		t.Errorf("x/crypto differs from itself: %v", err)
	}
}
