package main

import (
	"strings"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/settings"
)

// registerBy returns the methods of the setting, which package settings has checked. It returns none if
// the setting is unset; package account then takes all for which there is a sender.
func registerBy(c settings.Config) (all []account.Method) {
	// The setting stays a list of text, because package env would report a name that is none by its value.
	for _, name := range c.Methods {
		all = append(all, account.Method(name))
	}
	return all
}

// methodNames returns the methods in force as text, for the log and for the banner.
func methodNames(methods []account.Method) string {
	// Separated by a blank as well, because a person reads it.
	// By the names of the setting, so that a line of the log can be copied into it.
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
