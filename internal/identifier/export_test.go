package identifier

import "strings"

// DisposableDomains are the lines of disposable.txt: its comment, and the domains.
func DisposableDomains() (header string, domains []string) {
	lines := strings.Split(strings.TrimSuffix(disposable, "\n"), "\n")
	return lines[0], lines[1:]
}
