package main

import (
	"strings"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/settings"
)

// registerBy returns the methods of the setting, which package settings has checked. It returns nil if the
// setting is unset. Package account then offers user names, and each method whose sender is set.
func registerBy(c settings.Config) (all []account.Method) {
	// The setting is a list of texts, because an error of package env would quote a wrong name and not list the right
	// names.
	for _, name := range c.Methods {
		all = append(all, account.Method(name))
	}
	return all
}

// methodNames returns the methods in force as text, for the log and for the banner.
func methodNames(methods []account.Method) string {
	// A comma and a blank separate the names, because a person reads them. The names are
	// those of the setting, so that a line of the log can be copied into it.
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
