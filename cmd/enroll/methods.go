package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/account"
)

// checkMethods returns the errors of ENROLL_METHODS: a name of no method, a name twice, and a method
// whose codes could not be sent. Each registration by such a method would fail.
func (c config) checkMethods() (errs []error) {
	// A name twice is a mistake of which the meaning is not known, so it is refused like an unknown one.
	seen := map[string]bool{}
	for _, name := range c.Methods {
		// The error lists all names there are, so that none has to be looked up.
		if !slices.Contains(account.Methods(), account.Method(name)) || seen[name] {
			return []error{errors.New("ENROLL_METHODS must be of user_name, phone, email, comma-separated, each once")}
		}
		seen[name] = true
	}
	// The name of the other setting is in the error, because that is the one to be set in most cases.
	if seen["phone"] && len(c.SMS) == 0 {
		errs = append(errs, errors.New("ENROLL_METHODS has phone, but ENROLL_SMS is not set, so no code can be sent"))
	}
	// With --dev, mails go to the log.
	if seen["email"] && c.SMTPURL == "" && !c.dev {
		errs = append(errs, errors.New("ENROLL_METHODS has email, but ENROLL_SMTP_URL is not set, so no code can be sent"))
	}
	return errs
}

// registerBy returns the methods of the setting, which checkMethods has checked. It returns none if
// the setting is unset; package account then takes all for which there is a sender.
func (c config) registerBy() (all []account.Method) {
	// The setting stays a list of text, because package env would report a name that is none by its value.
	for _, name := range c.Methods {
		all = append(all, account.Method(name))
	}
	return all
}

// methodNames returns the methods in force as text, for the log and for the banner.
func methodNames(methods []account.Method) string {
	// By the names of the setting, so that a line of the log can be copied into it.
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
