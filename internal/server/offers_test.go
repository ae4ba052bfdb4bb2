package server_test

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
)

// TestMessagesFollowTheDeployment: over HTTP and in both languages, messages name SMS and pictures
// only if the deployment has them. The message about a used-up budget of mails does not name a phone.
func TestMessagesFollowTheDeployment(t *testing.T) {
	t.Parallel()
	sms, picture := []string{"phone", "手机"}, []string{"image", "图"}
	for name, c := range map[string]struct {
		o      options
		answer func(d *deployment, language string) answer
		words  []string // the message has the one of its language
		named  bool
	}{
		"login tries, SMS on":        {options{}, loginTooMany, sms, true},
		"login tries, SMS off":       {options{noSMS: true}, loginTooMany, sms, false},
		"registration, SMS on":       {options{}, emptyRegistration, sms, true},
		"registration, SMS off":      {options{noSMS: true}, emptyRegistration, sms, false},
		"registration, not by phone": {options{methods: []account.Method{account.ByUserName}}, emptyRegistration, sms, false},
		"captcha needed, image":      {options{captcha: true}, withoutCaptcha, picture, true},
		"captcha needed, work":       {options{captchas: captcha.KindPoW}, withoutCaptcha, picture, false},
		"captcha wrong, image":       {options{captcha: true}, wrongCaptcha, picture, true},
		"captcha wrong, work":        {options{captchas: captcha.KindPoW}, wrongCaptcha, picture, false},
		"second mail of a user":      {options{limits: account.Limits{MailPerUser: 1}}, secondMail, sms, false},
		"second mail, not an email": {options{limits: account.Limits{MailPerUser: 1}}, secondMail,
			[]string{"email", "邮箱"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.o.limits == (account.Limits{}) {
				c.o.limits = account.Limits{LoginPerNetwork: 1}
			}
			for i, language := range []string{"en", "zh-CN"} {
				d := deploy(t, c.o)
				a := c.answer(d, language)
				if strings.Contains(a.Msg, c.words[i]) != c.named {
					t.Errorf("%s: %q, want %q in it: %t", language, a.Msg, c.words[i], c.named)
				}
				for _, e := range a.Errors {
					if strings.Contains(e.Msg, c.words[i]) && !c.named {
						t.Errorf("%s: field %s: %q names %q", language, e.Field, e.Msg, c.words[i])
					}
				}
			}
		})
	}
}

func loginTooMany(d *deployment, language string) answer {
	wrong := body{"user_name": "alice", "password": "wrong-one"}
	d.post("/api/login", wrong).is(d, 422, "credentials_wrong")
	a := d.post("/api/login", wrong, "Accept-Language", language)
	a.is(d, 429, "login_too_many")
	return a
}

func emptyRegistration(d *deployment, language string) answer {
	a := d.post("/api/register", body{}, "Accept-Language", language)
	a.is(d, 422, "registration_incomplete", "user_name required", "password required")
	return a
}

func withoutCaptcha(d *deployment, language string) answer {
	a := d.post("/api/register", alice, "Accept-Language", language)
	a.is(d, 422, "captcha_required", "captcha captcha_required")
	return a
}

func wrongCaptcha(d *deployment, language string) answer {
	unknown := strings.Repeat("A", captcha.IDLen)
	a := d.post("/api/register", alice.with("captcha_id", unknown).with("captcha", "1"), "Accept-Language", language)
	a.is(d, 422, "captcha_wrong", "captcha captcha_wrong")
	return a
}

func secondMail(d *deployment, language string) answer {
	u := d.registered(alice)
	d.mailed(u.Token, body{"email": "one@example.com"})
	a := d.post("/api/verify/email", body{"email": "two@example.com"}, "Token", u.Token, "Accept-Language", language)
	a.is(d, 429, "code_too_many", "email code_too_many")
	return a
}
