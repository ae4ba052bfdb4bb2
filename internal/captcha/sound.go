package captcha

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/enroll-project/enroll/internal/captcha/speech"
)

// MaxAudio bounds the result of Speak in bytes.
const MaxAudio = speech.MaxSize

// Speak returns the answer of an image as sound, for people that cannot see it: a WAV of
// 8 kHz, mono, 8 bits, at most MaxAudio bytes. The digits are in Mandarin if locale is
// zh or begins with zh- (BCP 47), and in English otherwise. Speaking takes milliseconds of
// processor time, so Speak returns ctx's error if ctx ends before the sound is begun. The other
// errors are ErrUnknown, ErrExpired, ErrNoWork, and ErrBusy if too many sounds are being made.
//
// proof is the answer to the challenge's proof of work for its sound. A solver of sounds
// may be better or cheaper than a solver of pictures, now or later. At the default difficulty
// the work alone costs more than solving a picture, so the sound is not the cheaper way for an
// attacker. A person's machine does the work while the person waits.
//
// A challenge has one sound for each language. If each request got another sound, the
// noise of several could be averaged out.
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

// soundSalt returns the salt of the proof of work for the sound of a challenge. It is derived
// from the nonce, so that nothing is stored. It differs from the nonce, so that the proof of
// KindImagePoW is not also a proof for the sound.
func soundSalt(s sealed) [nonceLen]byte {
	sum := sha256.Sum256(append([]byte("enroll captcha sound v1"), s.name()...))
	return [nonceLen]byte(sum[:nonceLen])
}
