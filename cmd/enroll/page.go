package main

import (
	"net/http"
	"strings"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/pages"
	"github.com/enroll-project/enroll/internal/settings"
)

// newPage makes the handler of the page, nil if the page is off. The path / is then answered 404.
//
// The page has the settings that getSettings answers with, from the same source. It has them in its first tag, so that
// its form is complete when it is first seen.
func newPage(c settings.Config, offers account.Offers) http.Handler {
	if c.Page != "on" {
		return nil
	}
	// The names of the methods are those of ENROLL_METHODS. The scripts split them at the spaces.
	return pages.Handler(pages.Options{
		PasswordMin: offers.PasswordMin, Phone: offers.SMS, Voice: offers.Voice, Email: offers.Mail,
		Locales: c.Languages.Tags(),
		Signup:  string(offers.Signup),
		MinAge:  offers.MinAge,
		Terms:   offers.Terms.Version, TermsURL: offers.Terms.URL,
		Methods: strings.ReplaceAll(methodNames(offers.Methods), ",", ""),
	})
}
