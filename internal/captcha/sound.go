package captcha

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/enroll-project/enroll/internal/captcha/speech"
)

// MaxAudio bounds the result of Speak in bytes.
const MaxAudio = speech.MaxSize

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
	l := speech.LanguageOf(locale)
	mac := hmac.New(sha256.New, c.soundKey)
	mac.Write(append(s.name(), byte(l)))
	var wav []byte
	err = c.speaking.run(ctx, func() error { // check: captcha-speaking
		digits := s.digits()
		wav = c.voices.Say(digits[:], l, [32]byte(mac.Sum(nil)))
		return nil
	})
	return wav, err
}

// soundSalt returns what the proof of work for the sound of a challenge begins with. It
// follows from the nonce, so nothing is stored, and differs from it, so that the proof of
// KindImagePoW is not a proof for the sound as well.
func soundSalt(s sealed) [nonceLen]byte {
	sum := sha256.Sum256(append([]byte("enroll captcha sound v1"), s.name()...))
	return [nonceLen]byte(sum[:nonceLen])
}
