package account

import (
	"fmt"
	"slices"

	"github.com/enroll-project/enroll/internal/refusal"
)

// Method is a way to register. How a user has registered is not stored: each logs in, recovers and
// proves themselves by what they have, also where the method is no longer offered.
type Method string

// The methods. Their names are those of ENROLL_METHODS and of the fields of a registration.
const (
	ByUserName Method = "user_name" // with a password
	ByPhone    Method = "phone"     // with a code by SMS
	ByEmail    Method = "email"     // with a code by mail
)

// Methods returns all methods.
func Methods() []Method { return []Method{ByUserName, ByPhone, ByEmail} }

// offeredMethods returns the methods of a Config in the order of Methods: all that its senders allow if
// none is named. It returns an error for one that cannot work: each registration by it would fail.
func offeredMethods(c Config) ([]Method, error) {
	// A code can be sent by its sender only. A password needs none.
	var can []Method
	for _, m := range Methods() {
		if m == ByUserName || m == ByPhone && c.SMS != nil || m == ByEmail && c.Mail != nil {
			can = append(can, m)
		}
	}
	// The default of the setting: a deployment that sets up a sender means to use it.
	if len(c.Methods) == 0 {
		return can, nil
	}
	// The command checks the same, by the names of its settings. This is for other callers and for tests.
	for _, m := range c.Methods {
		if !slices.Contains(can, m) {
			return nil, fmt.Errorf("account: the method %s has no sender", m)
		}
	}
	// In one order, so that answers and messages do not depend on that of the setting.
	return slices.DeleteFunc(can, func(m Method) bool { return !slices.Contains(c.Methods, m) }), nil
}

// offers reports whether people can register by a method.
func (s *Service) offers(m Method) bool { return slices.Contains(s.methods, m) }

// offered returns a refusal if a method of registration is not offered.
func (s *Service) offered(m Method) error {
	if s.offers(m) { // check: method-offered
		return nil
	}
	reason := map[Method]refusal.Reason{
		ByUserName: refusal.UserNameNotOffered, ByPhone: refusal.PhoneNotOffered, ByEmail: refusal.EmailNotOffered,
	}[m]
	// The field that a person would have to leave out.
	return &refusal.Error{Reason: reason, Field: string(m)}
}

// methodOf returns the method of a registration by the fields that it has. A phone always comes with its
// code, also beside a user name and a password. If the fields tell nothing, it is the
// first method that is offered.
func (s *Service) methodOf(r Registration) Method {
	// The order of the cases decides which refusal a request gets that has the fields of two methods.
	switch {
	// Also where registration by phone is off, so that the refusal names the phone: it cannot be stored unproved.
	case r.Phone != "":
		return ByPhone
	case r.Code != "" && r.Email != "":
		return ByEmail
	case r.Code != "" && !s.offers(ByPhone) && s.offers(ByEmail):
		return ByEmail
	case r.Code != "":
		return ByPhone
	case r.UserName != "" || s.offers(ByUserName):
		return ByUserName
	case r.Email != "" && s.offers(ByEmail):
		return ByEmail
	}
	return s.methods[0]
}
