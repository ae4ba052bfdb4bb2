//go:build ignore

// Command disposable_gen rebuilds disposable.txt, the list of disposable mail domains, from the
// package that disposable.md names. `make update-disposable` downloads the wheel, verifies its
// digest, and runs:
//
//	go run disposable_gen.go FOLDER/disposable_email_domains-0.0.293-py3-none-any.whl
//
// The same wheel gives the same bytes.
package main

import (
	"archive/zip"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/identifier"
)

// The wheel has one Python file. Each domain is a line of the set `blocklist`.
const source = "disposable_email_domains/__init__.py"

var (
	literal = regexp.MustCompile(`(?s)^blocklist = \{\n(.*?)\n\}\n`)
	entry   = regexp.MustCompile(`^    '([^'\\]+)',$`)
)

// spared are entries of the source that the list leaves out, each with its reason.
var spared = map[string]string{
	"21cn.com": "a provider of mailboxes in China since 1999, of China Telecom",
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run disposable_gen.go WHEEL")
	}
	wheel, err := zip.OpenReader(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	file, err := wheel.Open(source)
	if err != nil {
		log.Fatal(err)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		log.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		log.Fatal(err)
	}
	set, err := read(string(text))
	if err != nil {
		log.Fatal(err)
	}
	date := info.ModTime().UTC().Format(time.DateOnly)
	lines := []string{fmt.Sprintf("# %s of %s, see disposable.md", release(os.Args[1]), date)}
	lines = append(lines, slices.Sorted(maps.Keys(set))...)
	if err := os.WriteFile("disposable.txt", []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(set), "domains")
}

// release returns the name and version of a wheel, from its file's name.
func release(file string) string {
	parts := strings.SplitN(path.Base(file), "-", 3)
	return strings.ReplaceAll(parts[0], "_", "-") + " " + parts[1]
}

// read returns the domains of the set in canonical form, without those below another one. It fails for a line that it
// does not understand: a list that is read in part would be shorter, and no error would show it.
func read(text string) (map[string]bool, error) {
	found := literal.FindStringSubmatch(text)
	if found == nil {
		return nil, fmt.Errorf("%s has no set blocklist", source)
	}
	set := map[string]bool{}
	for line := range strings.SplitSeq(found[1], "\n") {
		domain := entry.FindStringSubmatch(line)
		if domain == nil {
			return nil, fmt.Errorf("%s: the line %q is not a domain", source, line)
		}
		email, err := identifier.ParseEmail("x@" + domain[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", source, domain[1], err)
		}
		if key := strings.TrimPrefix(email.Key, "x@"); spared[key] == "" {
			set[key] = true
		}
	}
	maps.DeleteFunc(set, func(domain string, _ bool) bool {
		for _, above, ok := strings.Cut(domain, "."); ok; _, above, ok = strings.Cut(above, ".") {
			if set[above] {
				return true
			}
		}
		return false
	})
	return set, nil
}
