// Package wordlist searches sorted lists of words that are compiled into the binary, such as
// common passwords. A list is searched in place, in the data of the binary, so that it takes
// neither memory of its own nor time at the start.
package wordlist

import "strings"

// List has one word in each line, ended by "\n". The lines are sorted by bytes. It is a constant
// of the binary, so it is safe for concurrent use.
type List string

// Has reports whether word is a line of the list. It makes no allocation, and compares about as
// many lines as the length of the list has binary digits: 18 for 200 KB. The result is undefined
// for a word with "\n".
func (l List) Has(word string) bool {
	low, high := 0, len(l) // both always at the start of a line
	for low < high {
		middle := low + (high-low)/2
		start := low + strings.LastIndexByte(string(l[low:middle]), '\n') + 1
		end := start + strings.IndexByte(string(l[start:]), '\n')
		switch order := strings.Compare(string(l[start:end]), word); {
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
