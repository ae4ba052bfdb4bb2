package identifier

import (
	_ "embed" // for disposable.txt
	"strings"

	"github.com/enroll-project/enroll/internal/wordlist"
)

// disposable is the list of domains that give an address to anybody for minutes or days, without a registration. Each
// is in canonical form and stands for the domains below it, too. The first line is a comment, which is sorted before
// them and equals no domain. See disposable.md for the source, the date and the license.
//
//go:embed disposable.txt
var disposable string

// listedDisposable returns the entry of the list that is the given domain or one above it, or "" if there is none. The
// domain is in canonical form.
func listedDisposable(domain string) string {
	for rest := domain; ; {
		if wordlist.List(disposable).Has(rest) {
			return rest
		}
		_, above, ok := strings.Cut(rest, ".")
		if !ok {
			return ""
		}
		rest = above // check: email-disposable-below
	}
}
