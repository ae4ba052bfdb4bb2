package account

import (
	"cmp"
	"slices"
	"time"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/terms"
)

// Offers is what a deployment offers, as its settings say. It is the one source of what a client may know of the
// settings: the operation getSettings, the pages and the messages use it. Messages must not suggest a way to log in
// that the deployment does not have.
type Offers struct {
	SMS   bool // codes can be sent by SMS
	Voice bool // a call can speak a code, to phones of some country at least
	Mail  bool // emails can be verified
	Extra bool // users may keep data that the deployment describes
	// Signup says whether people can register, and Methods are the ways to do so, in the order of [Methods]. There are
	// none if sign-up is closed.
	Signup  Signup
	Methods []Method
	// MinAge is how many years old a person must be to register. If it is not 0, a registration needs a birthday.
	MinAge int
	// Terms are what people have to accept to register and to log in; the zero value is none.
	Terms terms.Terms
	// Captcha is the kind of captchas, and CaptchaOn are the operations that require one. Both are empty if captchas
	// are off.
	Captcha   captcha.Kind
	CaptchaOn []Operation
	// PasswordMin and PasswordMax bound the length of a new password, in characters.
	PasswordMin, PasswordMax int
	// PhoneRegion is the country of phones without a calling code. PhoneCountries are the countries whose phones may
	// register; empty for all.
	PhoneRegion    string
	PhoneCountries []string
	// EmailDomains are the domains whose emails may be used, as identifier.NewEmailRules takes them, in canonical form;
	// empty for all. The denied domains are not public.
	EmailDomains []string
}

// CodeForm is what a form has to know about codes. It is the same in each deployment.
type CodeForm struct {
	Digits int
	Life   time.Duration // how long a code is valid
	Wait   time.Duration // between two codes for one address
}

// Codes returns what a form has to know about codes.
func Codes() CodeForm { return CodeForm{Digits: code.Digits, Life: code.Life, Wait: code.Cooldown} }

// Offers returns what the deployment offers. It does not change after New.
func (s *Service) Offers() Offers {
	o := Offers{
		SMS: s.config.SMS != nil, Voice: s.config.Calls != nil, Mail: s.config.Mail != nil, Extra: s.config.Extra != nil,
		Signup: cmp.Or(s.config.Signup, SignupOpen), Methods: slices.Clone(s.methods), PasswordMax: password.MaxLength,
		PhoneRegion: s.config.PhoneRegion, PhoneCountries: slices.Clone(s.config.PhoneCountries),
		EmailDomains: s.emails.Allowed(), MinAge: s.config.MinAge, Terms: s.config.Terms,
	}
	if s.closed() {
		o.Methods = nil
	}
	if s.config.Captchas != nil {
		o.Captcha, o.CaptchaOn = s.config.Captchas.Kind(), slices.Clone(s.config.CaptchaOn)
	}
	if s.config.Policy != nil { // a Service that New has not made has none
		o.PasswordMin = s.config.Policy.MinLength()
	}
	return o
}
