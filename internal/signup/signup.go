// Package signup serves a page on which people register, by user name or by phone,
// in Chinese or English. The page is compiled into the binary. Its content security
// policy limits it to its own files and to requests to its own host.
//
// The page is a client of the API without special rights. `make page` builds it from
// web/ (TypeScript without a framework, on the SDK in gen/sdk). docs/page.md
// describes how to change it.
package signup

import (
	_ "embed" // the files below
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
)

// policy forbids inline scripts and styles, and frames around the page. It allows
// data: for captchas, which come as pictures and sounds in the API's answers, and
// a worker for proofs of work.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src data:; " +
	"connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Options are the settings of the service that the page tells people about.
type Options struct {
	// PasswordMin is the least length of a password, in characters.
	PasswordMin int
	// Phone says that people can register by phone: the service sends SMS.
	Phone bool
}

// apply writes the options into the first tag of the page.
func (o Options) apply(page string) string {
	phone := "off"
	if o.Phone {
		phone = "on"
	}
	return strings.NewReplacer(
		`data-password-min="8"`, `data-password-min="`+strconv.Itoa(o.PasswordMin)+`"`,
		`data-phone="on"`, `data-phone="`+phone+`"`,
	).Replace(page)
}

// Handler serves the page at "/" and its files below "/signup/". The same host must
// serve the API, and "/pow.js" if captchas are proofs of work. The page cannot show
// the widget of a third party (captcha siteverify): that needs a copy of the page
// with a policy that allows the widget's host.
func Handler(o Options) http.Handler {
	return asset.Site{
		Files: map[string]asset.File{
			"/":                asset.Pack("text/html; charset=utf-8", o.apply(indexHTML)),
			"/signup/app.js":   asset.Pack("text/javascript; charset=utf-8", appJS),
			"/signup/app.css":  asset.Pack("text/css; charset=utf-8", appCSS),
			"/signup/icon.svg": asset.Pack("image/svg+xml", icon),
		},
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
