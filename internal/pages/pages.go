// Package pages serves the pages on which people register, log in, set a forgotten password
// and manage their account, in the languages of package locale. The pages are views of one document, each
// with its own URL fragment, compiled into the binary. The document's content security policy
// limits it to its own files and to requests to its own host.
//
// The document is a client of the API without special rights. `make page` builds it from
// web/ (TypeScript without a framework, on the SDK in gen/sdk). docs/page.md
// describes how to change it.
package pages

import (
	"embed"
	"html"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/enroll-project/enroll/internal/asset"
)

// The output of `make page`.
var (
	//go:embed assets/index.html
	indexHTML string
	//go:embed assets/app.js
	appJS string
	//go:embed assets/app.css
	appCSS string
	//go:embed assets/icon.svg
	icon string
	//go:embed assets/words/*.json
	words embed.FS
)

// policy forbids inline scripts and styles, and frames around the page. It allows
// data: for captchas, which come as pictures and sounds in the API's answers, and
// a worker for proofs of work.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src data:; " +
	"connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Options are the settings of the service that change what the page shows.
type Options struct {
	// PasswordMin is the least length of a password, in characters.
	PasswordMin int
	// Phone says that a code can be sent to a phone: the service sends SMS.
	Phone bool
	// Voice says that a call can speak a code, to phones of some country at least.
	Voice bool
	// Email says that a code can be sent to a verified email: the service sends mail.
	Email bool
	// Signup is the value of ENROLL_SIGNUP: the page shows no form to register if it is closed, asks for an invitation if
	// it is invite, and says that an operator decides if it is approval.
	Signup string
	// MinAge is the value of ENROLL_MIN_AGE: the page asks for a birthday unless it is 0.
	MinAge int
	// Terms is the version of the terms that people have to accept, "" for none, and TermsURL is where they read them. The
	// page replaces {lang} in it.
	Terms, TermsURL string
	// Methods are the ways to register, by their names in ENROLL_METHODS, separated by spaces.
	Methods string
	// Locales are the languages that the page offers (BCP 47), the deployment's own first; none means all that it has.
	Locales []string
}

// apply writes the options into the first tag of the page.
func (o Options) apply(page string) string {
	return strings.NewReplacer(
		`data-password-min="8"`, `data-password-min="`+strconv.Itoa(o.PasswordMin)+`"`,
		`data-phone="on"`, `data-phone="`+onOff(o.Phone)+`"`,
		`data-voice="off"`, `data-voice="`+onOff(o.Voice)+`"`,
		`data-email="on"`, `data-email="`+onOff(o.Email)+`"`,
		`data-signup="open"`, `data-signup="`+o.Signup+`"`,
		`data-min-age="0"`, `data-min-age="`+strconv.Itoa(o.MinAge)+`"`,
		`data-terms=""`, `data-terms="`+o.Terms+`"`,
		`data-terms-url=""`, `data-terms-url="`+html.EscapeString(o.TermsURL)+`"`, // check: terms-url-escaped
		`data-methods="user_name phone email"`, `data-methods="`+o.Methods+`"`,
		`data-locales=""`, `data-locales="`+strings.Join(o.Locales, " ")+`"`,
	).Replace(page)
}

// onOff returns the value of an option's attribute, which the scripts of the page read.
func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// texts yields the files of the languages whose texts are not in the script.
func texts() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		// The folder is embedded and its name constant, so an error would mean a broken build.
		files, _ := words.ReadDir("assets/words")
		for _, file := range files {
			text, _ := words.ReadFile("assets/words/" + file.Name())
			if !yield(file.Name(), string(text)) {
				return
			}
		}
	}
}

// ChangePassword is the path at which password managers look for the view that changes a
// password (W3C, A Well-Known URL for Changing Passwords).
const ChangePassword = "/.well-known/change-password"

// Handler serves the page at "/", its files below "/pages/", and a redirect at
// [ChangePassword]. The same host must serve the API, and "/pow.js" if captchas are proofs
// of work. The page cannot show the widget of a third party (captcha siteverify): that needs
// a copy of the page with a policy that allows the widget's host.
func Handler(o Options) http.Handler {
	files := map[string]asset.File{
		"/":               asset.Pack("text/html; charset=utf-8", o.apply(indexHTML)),
		"/pages/app.js":   asset.Pack("text/javascript; charset=utf-8", appJS),
		"/pages/app.css":  asset.Pack("text/css; charset=utf-8", appCSS),
		"/pages/icon.svg": asset.Pack("image/svg+xml", icon),
	}
	// The texts of a language that is not offered may be read, too: they are public.
	for name, text := range texts() {
		files["/pages/words/"+name] = asset.Pack("application/json", text)
	}
	return asset.Site{
		Files: files,
		// The target is relative, because a proxy may serve the page below a path of its own.
		Redirects: map[string]string{ChangePassword: "../#password-change"},
		Headers: map[string]string{
			"Content-Security-Policy":      policy,
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		},
	}
}
