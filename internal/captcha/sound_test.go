package captcha

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/captchatest"
)

// proofFor is the proof of work for the sound of a challenge of testImages.
func proofFor(id string) string { return captchatest.SoundProof(id, LeastBits) }

func spoken(t testing.TB, c *Images, id, locale string) []byte {
	t.Helper()
	wav, err := c.Speak(t.Context(), Scope{Site: 7}, id, proofFor(id), locale)
	if err != nil {
		t.Fatal(err)
	}
	return wav
}

// TestSpeak: challenges with the same digits sound different, and so do the two languages of one
// challenge. Package speech tests the sound.
func TestSpeak(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	seen := map[string]bool{}
	for range 8 {
		id := c.seal(Scope{Site: 7}, sealedWith(t, "314159"))
		for _, locale := range []string{"zh-CN", "en"} {
			wav := spoken(t, c, id, locale)
			if seen[string(wav)] || !bytes.HasPrefix(wav, []byte("RIFF")) || len(wav) > MaxAudio {
				t.Errorf("%s: %d bytes, the same as before: %t", locale, len(wav), seen[string(wav)])
			}
			seen[string(wav)] = true
		}
	}
}

// TestSpeakAgain shows that a challenge has one sound for each language, in all
// replicas.
func TestSpeakAgain(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	id := c.seal(Scope{Site: 7}, sealedWith(t, "314159"))
	first := spoken(t, c, id, "en")
	if !bytes.Equal(first, spoken(t, testImages(t, 1), id, "en-GB")) {
		t.Error("the same challenge sounds different the second time, or in another replica")
	}
	for locale, like := range map[string]string{
		"zh": "zh-CN", "zh-TW": "zh-CN", "ZH-hk": "zh-CN", "": "en", "de": "en", "zho": "en", "\xff": "en",
	} {
		if !bytes.Equal(spoken(t, c, id, locale), spoken(t, c, id, like)) {
			t.Errorf("locale %q does not sound as %q", locale, like)
		}
	}
	if bytes.Equal(first, spoken(t, c, id, "zh-CN")) {
		t.Error("both languages sound alike")
	}
}

func TestSpeakRefuses(t *testing.T) {
	t.Parallel()
	c := testImages(t, 1)
	work, err := NewWork(WorkConfig{Config: Config{Secret: bytes.Repeat([]byte{1}, MinSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	pow, err := work.Challenge(t.Context(), Scope{Site: 7})
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	old := sealedWith(t, "314159")
	old.expires = time.Now().UnixMicro()
	id := c.seal(Scope{Site: 7}, sealedWith(t, "314159"))
	for name, tc := range map[string]struct {
		ctx   context.Context
		scope Scope
		id    string
		want  error
	}{
		"fine":            {t.Context(), Scope{Site: 7}, id, nil},
		"another site":    {t.Context(), Scope{Site: 8}, id, ErrUnknown},
		"another binding": {t.Context(), Scope{Site: 7, Binding: []byte("x")}, id, ErrUnknown},
		"no id":           {t.Context(), Scope{Site: 7}, "", ErrUnknown},
		"a proof of work": {t.Context(), Scope{Site: 7}, pow.ID, ErrUnknown},
		"expired":         {t.Context(), Scope{Site: 7}, c.seal(Scope{Site: 7}, old), ErrExpired},
		"caller gone":     {gone, Scope{Site: 7}, id, context.Canceled},
	} {
		wav, err := c.Speak(tc.ctx, tc.scope, tc.id, proofFor(tc.id), "en")
		if !errors.Is(err, tc.want) || (wav == nil) != (tc.want != nil) {
			t.Errorf("%s: %d bytes, error %v", name, len(wav), err)
		}
	}
}

// TestSpeechNeedsWork: a sound needs the proof of work of its own challenge. The proof that goes with
// the digits of a picture is not a proof for the sound.
func TestSpeechNeedsWork(t *testing.T) {
	t.Parallel()
	c, err := NewImagesWithWork(WorkConfig{
		Config:  Config{Secret: bytes.Repeat([]byte{1}, MinSecret), SoundBits: LeastBits},
		MinBits: LeastBits, MaxBits: LeastBits,
	})
	if err != nil {
		t.Fatal(err)
	}
	issue := func() Challenge {
		ch, err := c.Challenge(t.Context(), Scope{Site: 7})
		if err != nil {
			t.Fatal(err)
		}
		return ch
	}
	work := func(salt []byte, bits int) string {
		proof, err := captchatest.Work(hex.EncodeToString(salt), bits, Puzzles)
		if err != nil {
			t.Fatal(err)
		}
		return proof
	}
	ch, other := issue(), issue()
	right := work(ch.SoundSalt, ch.SoundBits)
	for proof, want := range map[string]error{
		right:                               nil,
		"":                                  ErrNoWork,
		"0":                                 ErrNoWork,
		right[8:] + right[:8]:               ErrNoWork,
		right + right:                       ErrNoWork,
		work(ch.Salt, ch.Bits):              ErrNoWork,
		work(other.SoundSalt, ch.SoundBits): ErrNoWork,
		strings.Repeat("00000000", Puzzles): ErrNoWork,
		strings.Repeat("zzzzzzzz", Puzzles): ErrNoWork,
		strings.ToUpper(right):              nil, // hexadecimal digits
	} {
		wav, err := c.Speak(t.Context(), Scope{Site: 7}, ch.ID, proof, "en")
		if !errors.Is(err, want) || (wav == nil) == (want == nil) {
			t.Errorf("%q: %d bytes, %v", proof, len(wav), err)
		}
	}
	for _, bits := range []int{LeastBits - 1, MostBits + 1, -1} {
		if _, err := NewImages(Config{Secret: bytes.Repeat([]byte{1}, MinSecret), SoundBits: bits}); err == nil {
			t.Errorf("%d bits are accepted", bits)
		}
	}
	if d, err := NewImages(Config{Secret: bytes.Repeat([]byte{1}, MinSecret)}); err != nil || d.sound != DefaultMinBits {
		t.Errorf("the default is not %d bits: %v", DefaultMinBits, err)
	}
}

func BenchmarkSpeak(b *testing.B) {
	c := testImages(b, 1)
	id := c.seal(Scope{Site: 7}, sealedWith(b, "314159"))
	b.ReportAllocs()
	for b.Loop() {
		spoken(b, c, id, "en")
	}
}
