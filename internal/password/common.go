package password

import (
	_ "embed" // for common.txt

	"github.com/enroll-project/enroll/internal/wordlist"
)

// common is the list of common passwords, which are ASCII, of 8 or more characters and in lower
// case. See common.md for the sources and licenses.
//
//go:embed common.txt
var common string

// isCommon reports whether a folded password is in the list.
func isCommon(folded string) bool { return wordlist.List(common).Has(folded) }
