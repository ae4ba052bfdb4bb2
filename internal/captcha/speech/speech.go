// Package speech says digits, for blind people, for whom a picture is of no use. The result is to be
// intelligible for people, and hard for speech recognition:
//
//   - Each digit has a voice, pitch and length of its own, so that a recognizer cannot compare
//     samples.
//   - Other voices murmur below the digits. Their spectrum is that of the answer, so that a filter
//     cannot remove them.
//   - Noise of changing level and color fills the gaps, so that neither silence nor a profile of
//     the noise shows where a digit ends.
//
// docs/captcha.md has the rates at which trained solvers still recognize the digits.
//
// The seed determines the sound. A caller derives the seed from the challenge and a key: if each
// request got another sound of the same digits, the noise of several could be averaged out.
//
// The sound is PCM at the rate of telephones, 8 kHz and 8 bits. All browsers play PCM, digits are
// intelligible at this rate, and six of them stay below [MaxSize].
package speech

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// LanguageOf returns Mandarin for the locale zh and those that begin with zh- (BCP 47), and English for all others:
// most people that do not read Chinese know the ten digits in English.
func LanguageOf(locale string) Language {
	base, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if base == "zh" {
		return Mandarin
	}
	return English
}

// Bounds of the random variation of clips. Within them the clips stay intelligible. The gaps
// before, between and after the digits are in samples.
const (
	slowest, fastest  = 1.15, 0.87 // factors of a clip's length
	lowest, highest   = 0.89, 1.14 // factors of a clip's pitch
	shortGap, longGap = audioRate / 4, audioRate / 2
)

// Say returns ASCII digits as sound: a WAV of 8 kHz, mono, 8 bits, at most MaxSize bytes for six
// digits. That takes milliseconds of processor time. The seed determines all details, so that the
// same seed gives the same sound in every replica.
func (v *Voices) Say(digits []byte, l Language, seed [32]byte) []byte {
	return speak(&v.clips[l], &v.clips[1-l], digits, seed)
}

// speak returns the digits over a murmur of the voices and of those of the other language.
func speak(voices, others *[speakers][10]clip, digits []byte, seed [32]byte) []byte {
	t := tape{rng: rand.New(rand.NewChaCha8(seed))}
	t.pause()
	for _, d := range digits {
		// Each digit has its own voice, pitch and length, so that no two occurrences
		// of a digit have the same samples.
		w := t.pick(voices)[d-'0'].wave().pitched(t.between(lowest, highest))
		t.wave = append(t.wave, w.stretched(t.between(fastest, slowest)).times(t.between(0.8, 1.1))...)
		t.pause()
	}
	t.murmur(voices, others)
	t.hiss()
	return t.wave.wav()
}

// tape is a recording in progress. Its source of randomness is seeded by the caller, so that all
// replicas make the same recording.
type tape struct {
	rng  *rand.Rand
	wave wave
}

// between returns a random number, uniform in [lo, hi).
func (t *tape) between(lo, hi float32) float32 { return lo + (hi-lo)*t.rng.Float32() }

// pick returns a random voice. A program would recognize digits of one voice more easily.
func (t *tape) pick(voices *[speakers][10]clip) *[10]clip { return &voices[t.rng.IntN(speakers)] }

// pause adds silence of random length, which murmur and hiss fill later. If all pauses were equal, the
// place of each digit would be known.
func (t *tape) pause() {
	t.wave = append(t.wave, make(wave, shortGap+t.rng.IntN(longGap-shortGap))...)
}

// murmur adds overlapping speech, at a seventh to a third of the level of the answer: digits
// of the same language played backwards, and of the other language played forwards. People do
// not mistake the murmur for the answer. A recognizer has to separate the two, since the murmur
// has the spectrum of speech, and its backward digits have the voices of the answer.
func (t *tape) murmur(voices, others *[speakers][10]clip) {
	for at := 0; at < len(t.wave); at += audioRate/5 + t.rng.IntN(audioRate/5) {
		from, backwards := voices, true
		if t.rng.IntN(2) == 0 {
			from, backwards = others, false
		}
		w := t.pick(from)[t.rng.IntN(10)].wave().pitched(t.between(0.8, 1.25))
		if backwards {
			slices.Reverse(w)
		}
		level := t.between(0.15, 0.35)
		for i := range min(len(w), len(t.wave)-at) {
			t.wave[at+i] += level * w[i]
		}
	}
}

// hiss adds noise whose level and spectrum change eight times a second, so that no gap
// is silent and a noise profile taken in one gap does not fit the next digit.
func (t *tape) hiss() {
	level := t.between(0.08, 0.3)
	var low, target, color float32
	for i := range t.wave {
		if i%(audioRate/8) == 0 {
			target, color = t.between(0.08, 0.3), t.between(0.3, 1)
		}
		level += (target - level) / (audioRate / 32)
		low += (2*t.rng.Float32() - 1 - low) * color
		t.wave[i] += level * low
	}
}
