package captchatest_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/test/captchatest"
)

// TestAnswer: the computed answer is accepted, and computing it does not spend the challenge.
func TestAnswer(t *testing.T) {
	t.Parallel()
	secret := bytes.Repeat([]byte{7}, captcha.MinSecret)
	images, err := captcha.NewImages(captcha.Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []captcha.Scope{{Site: 1}, {Site: 2, Binding: []byte("register")}} {
		challenge, err := images.Challenge(t.Context(), scope)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := captchatest.Answer(secret, challenge.ID)
		if err != nil {
			t.Fatal(err)
		}
		attempt, err := images.Attempt(scope, challenge.ID, answer)
		if err != nil || attempt.Verify(t.Context()) != nil {
			t.Errorf("%q: %v, %v", answer, err, attempt.Verify(t.Context()))
		}
		other, err := captchatest.Answer(append(secret, 1), challenge.ID)
		if err != nil || other == answer {
			t.Errorf("another secret: %q, %v", other, err)
		}
		attempt, err = images.Attempt(scope, challenge.ID, other)
		if err != nil || !errors.Is(attempt.Verify(t.Context()), captcha.ErrWrong) {
			t.Errorf("another answer: %v", err)
		}
	}
	for _, bad := range []string{"", "captcha123", "AQ", "!"} {
		if answer, err := captchatest.Answer(secret, bad); err == nil {
			t.Errorf("%q: %q", bad, answer)
		}
	}
}
