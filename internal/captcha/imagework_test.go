package captcha_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/test/captchatest"
)

// TestImageWithWork: the digits and the proof are both needed, each for its own challenge
// and with the difficulty that the challenge had.
func TestImageWithWork(t *testing.T) {
	t.Parallel()
	secret := bytes.Repeat([]byte{1}, captcha.MinSecret)
	cfg := captcha.WorkConfig{Config: captcha.Config{Secret: secret, SoundBits: 8}, MinBits: 8, MaxBits: 12}
	c, err := captcha.NewImagesWithWork(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, load := range []float64{0, 1} {
		ch := challenge(t, c, captcha.Scope{Site: site, Load: load})
		if ch.Kind != captcha.KindImagePoW || ch.Bits != 8+int(4*load) || len(ch.Image) == 0 || len(ch.ID) != captcha.IDLen {
			t.Fatalf("%s with %d bits and a picture of %d bytes", ch.Kind, ch.Bits, len(ch.Image))
		}
		digits, err := captchatest.Answer(secret, ch.ID)
		if err != nil {
			t.Fatal(err)
		}
		proof, wrong := solve(ch), strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, digits)
		lazy := ch
		lazy.Bits = 8
		for answer, want := range map[string]error{
			digits + ":" + proof:                              nil,
			" " + digits[:3] + " " + digits[3:] + ":" + proof: nil,
			digits:                             captcha.ErrWrong,
			digits + ":":                       captcha.ErrWrong,
			proof:                              captcha.ErrWrong,
			":" + proof:                        captcha.ErrWrong,
			wrong + ":" + proof:                captcha.ErrWrong,
			digits + ":" + proof + ":" + proof: captcha.ErrWrong,
			digits + ":" + solve(challenge(t, c, captcha.Scope{Site: site})): captcha.ErrWrong,
			proof + ":" + digits: captcha.ErrWrong,
		} {
			if err := answered(t, c, ch.ID, answer); !errors.Is(err, want) {
				t.Errorf("load %v: %q: %v", load, answer, err)
			}
		}
		if err := answered(t, c, ch.ID, digits+":"+solve(lazy)); (err == nil) != (load == 0) {
			t.Errorf("load %v, solved with 8 bits: %v", load, err)
		}
		wav, err := c.Speak(t.Context(), captcha.Scope{Site: site}, ch.ID, captchatest.SoundProof(ch.ID, 8), "en")
		if err != nil || len(wav) == 0 {
			t.Errorf("spoken: %d bytes, %v", len(wav), err)
		}
	}
	for name, cfg := range map[string]captcha.WorkConfig{
		"short secret": {Config: captcha.Config{Secret: secret[1:]}},
		"too easy":     {Config: captcha.Config{Secret: secret}, MinBits: 1},
	} {
		if _, err := captcha.NewImagesWithWork(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
