package password

import (
	_ "embed" // for common.txt
	"strings"
)

// common is the list of common passwords: 8 or more ASCII characters in lower case a
// line, sorted by bytes, each line ended by "\n". See common.md for its sources and
// licenses. It is searched in place, in the data of the binary, so that it takes
// neither memory of its own nor time at the start.
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
