package password

import (
	_ "embed" // for common.txt
	"strings"
)

// common is the list of common passwords. Each line is one password of 8 or more ASCII
// characters in lower case, ended by "\n". The lines are sorted by bytes. See common.md
// for the sources and licenses. The list is searched in place, in the data of the binary,
// so that it takes neither memory of its own nor time at the start.
//
//go:embed common.txt
var common string

// isCommon reports whether a folded password is a line of the list.
func isCommon(folded string) bool {
	low, high := 0, len(common) // both always at the start of a line
	for low < high {
		middle := low + (high-low)/2
		start := low + strings.LastIndexByte(common[low:middle], '\n') + 1
		end := start + strings.IndexByte(common[start:], '\n')
		switch order := strings.Compare(common[start:end], folded); {
		case order == 0:
			return true
		case order < 0:
			low = end + 1
		default:
			high = start
		}
	}
	return false
}
