package account

import (
	"fmt"
	"slices"

	"github.com/enroll-project/enroll/internal/refusal"
)

// Method is a way to register. The method of a user is not stored: users log in and recover their accounts
// by the identifiers that they have, even if the method is no longer offered.
type Method string

// The methods. Their names are those of ENROLL_METHODS and of the fields of a registration.
const (
	ByUserName Method = "user_name" // with a password
	ByPhone    Method = "phone"     // with a code by SMS
	ByEmail    Method = "email"     // with a code by mail
)

// Methods returns all methods.
func Methods() []Method { return []Method{ByUserName, ByPhone, ByEmail} }

// offeredMethods returns the methods of a Config in the order of Methods. If the Config names none, it returns
// all that the senders allow. A method without its sender is an error: each registration by it would fail.
func offeredMethods(c Config) ([]Method, error) {
	// A phone needs the sender of SMS and an email that of mails. A password needs no sender.
	var can []Method
	for _, m := range Methods() {
		if m == ByUserName || m == ByPhone && c.SMS != nil || m == ByEmail && c.Mail != nil {
			can = append(can, m)
		}
	}
	// No method is named, which is the setting's default. An operator that sets up a sender wants to use it.
	if len(c.Methods) == 0 {
		return can, nil
	}
	// Package settings checks the same and names the settings. This check is for other callers and for tests.
	for _, m := range c.Methods {
		if !slices.Contains(can, m) {
			return nil, fmt.Errorf("account: the method %s has no sender", m)
		}
	}
	// The order is fixed, so that answers and messages do not depend on the order in the setting.
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
	// Field is the field that a person has to leave out.
	return &refusal.Error{Reason: reason, Field: string(m)}
}

// methodOf returns the method of a registration by the fields that it has. A phone always needs its code,
// also beside a user name and a password. If no field decides, methodOf returns the first method that is
// offered.
func (s *Service) methodOf(r Registration) Method {
	// If a request has the fields of two methods, the order of the cases decides which refusal it gets.
	switch {
	// A phone cannot be stored unproved. If its method is off, the refusal names the phone.
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
