package captcha

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"math/rand/v2"
	"strings"
)

// Speak returns the answer of an image as sound, for people who cannot see it: a WAV
// of 8 kHz, mono, 8 bits, at most MaxAudio bytes. The digits are Mandarin unless
// locale is en, or begins with en- (BCP 47). It costs a few milliseconds of processor
// time, so it asks ctx first whether anybody still waits. Its errors are ctx's own,
// ErrUnknown and ErrExpired.
//
// The same challenge always sounds the same in a language: whoever could have it
// spoken again and again could average the noise away.
func (c *Images) Speak(ctx context.Context, scope Scope, id, locale string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := c.open(sealedImage, scope, id)
	if err != nil {
		return nil, err
	}
	l := languageOf(locale)
	mac := hmac.New(sha256.New, c.speech)
	mac.Write(append(s.name(), byte(l)))
	return speak(&c.voices[l], answer(s.body), [32]byte(mac.Sum(nil))), nil
}

func languageOf(locale string) language {
	base, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if base == "en" {
		return english
	}
	return mandarin
}

// Bounds of what is drawn by lot. People follow speech that is a fifth faster or
// slower; the gaps leave time to type.
const (
	slowest, fastest  = 1.15, 0.87 // times as long as the clip
	lowest, highest   = 0.89, 1.14 // times the pitch of the clip
	shortGap, longGap = audioRate / 4, audioRate / 2
	gaps              = answerLen + 1
)

// speak says the answer. The seed decides every other detail.
func speak(voices *[speakers][10]clip, a answer, seed [32]byte) []byte {
	t := tape{rng: rand.New(rand.NewChaCha8(seed))}
	t.pause()
	for _, d := range a {
		// A voice and a pitch for each digit: who cuts the sound into digits has no
		// two that are alike.
		w := t.pick(voices)[d-'0'].wave().pitched(t.between(lowest, highest))
		t.wave = append(t.wave, w.stretched(t.between(fastest, slowest)).times(t.between(0.8, 1.1))...)
		t.pause()
	}
	t.murmur(voices)
	t.hiss()
	return t.wave.wav()
}

// tape collects one recording.
type tape struct {
	rng  *rand.Rand
	wave wave
}

// between is uniform in [lo, hi).
func (t *tape) between(lo, hi float32) float32 { return lo + (hi-lo)*t.rng.Float32() }

func (t *tape) pick(voices *[speakers][10]clip) *[10]clip { return &voices[t.rng.IntN(speakers)] }

func (t *tape) pause() {
	t.wave = append(t.wave, make(wave, shortGap+t.rng.IntN(longGap-shortGap))...)
}

// murmur lays speech below the speech, at about a sixth of its level: digits played
// backwards, which people take for nothing and a recogniser for sounds it knows.
func (t *tape) murmur(voices *[speakers][10]clip) {
	for at := 0; at < len(t.wave); at += audioRate/5 + t.rng.IntN(audioRate/5) {
		w := t.pick(voices)[t.rng.IntN(10)].wave().pitched(t.between(0.8, 1.25))
		level := t.between(0.1, 0.22)
		for i := range min(len(w), len(t.wave)-at) {
			t.wave[at+i] += level * w[len(w)-1-i]
		}
	}
}

// hiss adds noise of changing level and colour, so that no gap is silent and no
// spectrum taken in one gap cleans the next digit.
func (t *tape) hiss() {
	level := t.between(0.08, 0.3)
	var low, target, colour float32
	for i := range t.wave {
		if i%(audioRate/8) == 0 {
			target, colour = t.between(0.08, 0.3), t.between(0.3, 1)
		}
		level += (target - level) / (audioRate / 32)
		low += (2*t.rng.Float32() - 1 - low) * colour
		t.wave[i] += level * low
	}
}
