// Package leak promises that a secret which a test has used is found in
// whatever was written since, in any of the forms in which programs write what
// they should not. It is for tests only.
package leak

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Set is secrets by what they are.
type Set map[string]string

// Sightings lists the secrets that a text holds, as "what (form)", in order.
func (s Set) Sightings(text string) (seen []string) {
	lower := strings.ToLower(text)
	for _, what := range slices.Sorted(maps.Keys(s)) {
		for form, is := range forms(s[what]) {
			if is(text, lower) {
				seen = append(seen, what+" ("+form+")")
			}
		}
	}
	slices.Sort(seen)
	return seen
}

// forms are the ways to find a secret in a text, of which they get the lower
// case as well.
func forms(secret string) map[string]func(text, lower string) bool {
	holds := func(parts ...string) func(string, string) bool {
		slices.Sort(parts)
		return func(text, _ string) bool {
			return slices.ContainsFunc(slices.Compact(parts), func(part string) bool { return strings.Contains(text, part) })
		}
	}
	inHex := hex.EncodeToString([]byte(secret))
	found := map[string]func(string, string) bool{
		"hexadecimal": func(_, lower string) bool { return strings.Contains(lower, inHex) },
	}
	if digits(secret) && len(secret) == 6 {
		// Six digits are soon a part of a time, a size or a number of a process.
		lonely := regexp.MustCompile(`(^|[^0-9A-Za-z.[])` + secret + `([^0-9A-Za-z.]|$)`)
		found["as it is"] = func(text, _ string) bool { return strings.Contains(text, secret) && lonely.MatchString(text) }
	} else {
		found["as it is"] = holds(secret)
		for form, escaped := range map[string]string{"in a URL": url.QueryEscape(secret), "in a path": url.PathEscape(secret)} {
			if escaped != secret {
				found[form] = holds(escaped)
			}
		}
	}
	for shift := range 3 {
		// In the middle of something longer, what base64 makes of a text depends on
		// where it begins; its first and last characters mix it with its neighbours.
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		part := text[(8*shift+5)/6 : 8*(shift+len(secret))/6]
		found["base64 at "+string(rune('0'+shift))] = holds(part, strings.NewReplacer("+", "-", "/", "_").Replace(part))
	}
	return found
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// shortest is the length in bytes from which on a value is rare enough to be a
// secret: tests send "x" and "wrong" as passwords, too.
const shortest = 8

// Watch collects the secrets of the requests and answers that pass by. The zero
// value is ready, and is safe for concurrent use.
type Watch struct {
	mu  sync.Mutex
	set Set
}

// Add has a value watched for, if it is long enough to be told from others: of
// 8 bytes or more, or the six digits of a code.
func (w *Watch) Add(what, secret string) {
	if len(secret) < shortest && !(len(secret) == 6 && digits(secret)) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil {
		w.set = Set{}
	}
	w.set[what+" "+secret] = secret
}

// AddFields adds those texts of a JSON object, and of objects in it, whose names
// are listed. A text that is no JSON has none.
func (w *Watch) AddFields(object []byte, names ...string) {
	var value any
	if json.Unmarshal(object, &value) != nil {
		return
	}
	w.addFields(value, names)
}

func (w *Watch) addFields(value any, names []string) {
	object, _ := value.(map[string]any)
	for name, v := range object {
		if text, ok := v.(string); ok && slices.Contains(names, name) {
			w.Add(name, text)
		} else if !ok {
			w.addFields(v, names)
		}
	}
}

// AddToken adds the token that a request carries, whole and its signature alone.
func (w *Watch) AddToken(h http.Header) {
	_, bearer, _ := strings.Cut(h.Get("Authorization"), " ")
	for _, token := range []string{h.Get("Token"), bearer} {
		w.Add("token", token)
		if parts := strings.Split(token, "."); len(parts) == 3 {
			w.Add("signature", parts[2])
		}
	}
}

// Sightings is [Set.Sightings] of all that was added.
func (w *Watch) Sightings(text string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.set.Sightings(text)
}

// Join adds what another watches for.
func (w *Watch) Join(other *Watch) {
	other.mu.Lock()
	set := maps.Clone(other.set)
	other.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil {
		w.set = Set{}
	}
	maps.Copy(w.set, set)
}

// Len is the number of secrets that are watched for.
func (w *Watch) Len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.set)
}
