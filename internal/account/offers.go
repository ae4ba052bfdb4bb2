package account

import (
	"slices"

	"github.com/enroll-project/enroll/internal/captcha"
)

// Offers is what a deployment offers, as its settings say. Messages depend on it: they
// must not suggest a way to log in that the deployment does not have.
type Offers struct {
	SMS     bool         // codes can be sent by SMS
	Mail    bool         // emails can be verified
	Extra   bool         // users may keep data that the deployment describes
	Methods []Method     // by which people can register, in the order of [Methods]
	Captcha captcha.Kind // the kind of its captchas, "" if they are off
}

// Offers returns what the deployment offers. It does not change after New.
func (s *Service) Offers() Offers {
	o := Offers{SMS: s.config.SMS != nil, Mail: s.config.Mail != nil, Extra: s.config.Extra != nil,
		Methods: slices.Clone(s.methods)}
	if s.config.Captchas != nil {
		o.Captcha = s.config.Captchas.Kind()
	}
	return o
}
