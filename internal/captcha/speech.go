package captcha

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"strings"
)

// Speak returns the answer of an image as sound, for people who cannot see it: a WAV of
// 8 kHz, mono, 8 bits, at most MaxAudio bytes. The digits are in English if locale is
// en or begins with en- (BCP 47), and in Mandarin otherwise. That takes milliseconds of
// processor time, so it first returns ctx's error if ctx has ended. Its other errors
// are ErrUnknown, ErrExpired, ErrNoWork and, if too many are being spoken, ErrBusy.
//
// proof is the answer to the challenge's proof of work for its sound. A solver of sounds
// may be better or cheaper than one of pictures, now or later. The work costs more than a
// solver of pictures in any case, so that the sound is never the cheaper way, and a
// person's own machine does it while the person waits.
//
// For a challenge and a language the sound is always the same. Otherwise the noise of
// several recordings could be averaged out.
func (c *Images) Speak(ctx context.Context, scope Scope, id, proof, locale string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := c.open(c.sealedKind(), scope, id)
	if err != nil {
		return nil, err
	}
	if !solved(soundSalt(s), c.sound, proof) { // check: captcha-sound-work
		return nil, ErrNoWork
	}
	l := languageOf(locale)
	mac := hmac.New(sha256.New, c.speech)
	mac.Write(append(s.name(), byte(l)))
	var wav []byte
	err = c.speaking.run(ctx, func() error { // check: captcha-speaking
		wav = speak(&c.voices[l], &c.voices[1-l], s.digits(), [32]byte(mac.Sum(nil)))
		return nil
	})
	return wav, err
}

// soundSalt returns what the proof of work for the sound of a challenge begins with. It
// follows from the nonce, so nothing is stored, and differs from it, so that the proof of
// KindImagePoW does not buy the sound as well.
func soundSalt(s sealed) [nonceLen]byte {
	sum := sha256.Sum256(append([]byte("enroll captcha sound v1"), s.name()...))
	return [nonceLen]byte(sum[:nonceLen])
}

func languageOf(locale string) language {
	base, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if base == "en" {
		return english
	}
	return mandarin
}

// Bounds of the random variation of clips, small enough to stay intelligible, and of
// the gaps between digits, in samples.
const (
	slowest, fastest  = 1.15, 0.87 // factors of a clip's length
	lowest, highest   = 0.89, 1.14 // factors of a clip's pitch
	shortGap, longGap = audioRate / 4, audioRate / 2
	gaps              = answerLen + 1
)

// speak returns the spoken answer, over a murmur of the voices and of those of the other
// language. The seed determines all other details.
func speak(voices, others *[speakers][10]clip, a answer, seed [32]byte) []byte {
	t := tape{rng: rand.New(rand.NewChaCha8(seed))}
	t.pause()
	for _, d := range a {
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

// tape is a recording in progress.
type tape struct {
	rng  *rand.Rand
	wave wave
}

// between returns a random number, uniform in [lo, hi).
func (t *tape) between(lo, hi float32) float32 { return lo + (hi-lo)*t.rng.Float32() }

func (t *tape) pick(voices *[speakers][10]clip) *[10]clip { return &voices[t.rng.IntN(speakers)] }

func (t *tape) pause() {
	t.wave = append(t.wave, make(wave, shortGap+t.rng.IntN(longGap-shortGap))...)
}

// murmur adds overlapping speech, at a seventh to a third of the level of the answer: digits
// of the same language played backwards, and of the other language played forwards. People
// take neither for the answer. A recognizer has to separate them from it, since they have
// the spectrum of speech and the voices of the answer.
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
