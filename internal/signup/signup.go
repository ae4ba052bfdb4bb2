// Package signup promises a page on which people register, by either method and in
// either language, made only of what is compiled into the binary: its policy lets
// it load its own files and call its own host, and nothing else.
//
// The page uses no right that others do not have: it is a client of the API like
// any, built from web/ (TypeScript without a framework, on the SDK in gen/sdk) by
// `make page`. docs/page.md tells how to make one's own of it.
package signup

import (
	_ "embed" // the files below
	"net/http"

	"github.com/enroll-project/enroll/internal/asset"
)

// What `make page` makes of web/.
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

// policy has no inline script or style and no frame around the page. Captchas are
// pictures and sounds as data:, and a worker solves proofs of work.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src data:; " +
	"connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the page at "/" and its files below "/signup/". It needs beside it
// the API, and "/pow.js" where captchas are proofs of work. The widget of a third
// party (captcha siteverify) is not shown: whoever wants one serves a copy of the
// page with a policy that allows that host.
func Handler() http.Handler {
	return asset.Site{
		Files: map[string]asset.File{
			"/":                asset.Pack("text/html; charset=utf-8", indexHTML),
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
