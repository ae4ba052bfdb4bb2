// Package leak finds the secrets of a test in a text that the program has written, such as an
// answer or a log. It knows the forms in which programs usually write a text: as it is, escaped,
// encoded or in part. It is for tests only.
package leak

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Set has secrets, each under a name that says what it is.
type Set map[string]string

// Sightings lists the secrets that a text holds, as "what (form)", in order.
func (s Set) Sightings(text string) []string {
	x := index{}
	for what, secret := range s {
		x.add(what, forms(secret))
	}
	return x.sightings(text)
}

// form is a way in which a secret may have been written.
type form struct {
	name   string
	parts  []string // of which one is enough
	lower  bool     // in upper or lower case, given in lower
	lonely bool     // only if no letter, digit or dot stands before or behind it
}

func (f form) in(text, lower string) bool {
	if f.lower {
		text = lower
	}
	for _, part := range f.parts {
		if f.lonely && standsAlone(text, part) || !f.lonely && strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// standsAlone reports whether the text has the digits outside of longer numbers. Inside a longer
// number, such as a time, a size or a process id, any six digits occur by chance.
func standsAlone(text, digits string) bool {
	for {
		at := strings.Index(text, digits)
		if at < 0 {
			return false
		}
		rest := text[at+len(digits):]
		counted := slices.ContainsFunc(counts, func(before string) bool { return strings.HasSuffix(text[:at], before) })
		if !counted && (at == 0 || !goesOn(text[at-1])) && (rest == "" || !goesOn(rest[0])) {
			return true
		}
		text = text[at+1:]
	}
}

// counts are the texts before a process id in PostgreSQL's log, and before the size of an answer in
// Enroll's log: the size of a spoken captcha has six digits.
var counts = []string{"[", "PID ", "bytes=", `"bytes":`}

func goesOn(c byte) bool {
	return c == '.' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// forms are all ways to write a secret that we look for.
func forms(secret string) []form {
	all := []form{
		{name: "as it is", parts: []string{secret}, lonely: len(secret) == 6 && digits(secret)},
		{name: "hexadecimal", parts: []string{hex.EncodeToString([]byte(secret))}, lower: true},
	}
	for _, f := range []form{
		{name: "in a URL", parts: []string{url.QueryEscape(secret)}},
		{name: "in a path", parts: []string{url.PathEscape(secret)}},
	} {
		if f.parts[0] != secret {
			all = append(all, f)
		}
	}
	for shift := range 3 {
		// Base64 encodes three bytes at a time, so a secret inside a longer text has three
		// forms. The characters at both ends also depend on the text around it.
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		part := text[(8*shift+5)/6 : 8*(shift+len(secret))/6]
		f := form{name: "base64 at " + string(rune('0'+shift)), parts: []string{part}}
		if safe := strings.NewReplacer("+", "-", "/", "_").Replace(part); safe != part {
			f.parts = append(f.parts, safe)
		}
		all = append(all, f)
	}
	return all
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// shortest is the length in bytes from which on a value is rare enough to be a
// secret: tests send "x" and "wrong" as passwords, too.
const shortest = 8

// key is the length of the beginning of a part by which an index finds it. It is that of the shortest
// form of a secret that a Watch takes: the six digits of a code.
const key = 6

// index finds the forms that a text holds in one pass over it. A test has hundreds of secrets with six
// forms each, and searching a text for one after the other took longer than the request.
type index struct {
	long  map[[key]byte][]entry // by the beginnings of their parts
	short []entry               // of which a part is shorter than a key
}

// entry is a form of a secret.
type entry struct {
	what string
	form form
}

func (x *index) add(what string, forms []form) {
	if x.long == nil {
		x.long = map[[key]byte][]entry{}
	}
	for _, f := range forms {
		if slices.ContainsFunc(f.parts, func(part string) bool { return len(part) < key }) {
			x.short = append(x.short, entry{what, f})
			continue
		}
		for _, part := range f.parts {
			begin := [key]byte([]byte(part))
			x.long[begin] = append(x.long[begin], entry{what, f})
		}
	}
}

// sightings lists the forms that a text holds, as "what (form)", in order.
func (x *index) sightings(text string) (seen []string) {
	lower := strings.ToLower(text)
	look := func(entries []entry) {
		for _, e := range entries {
			if e.form.in(text, lower) {
				seen = append(seen, e.what+" ("+e.form.name+")")
			}
		}
	}
	look(x.short)
	texts := []string{text}
	if lower != text {
		texts = append(texts, lower)
	}
	for _, in := range texts {
		for at := 0; at+key <= len(in); at++ {
			if entries := x.long[[key]byte([]byte(in[at:at+key]))]; entries != nil {
				look(entries)
			}
		}
	}
	slices.Sort(seen)
	return slices.Compact(seen)
}

// Watch collects the secrets of the requests and answers that pass by. The zero
// value is ready, and is safe for concurrent use.
type Watch struct {
	mu    sync.Mutex
	set   map[string][]form // computed once, because many texts are searched
	index index             // of the set
}

// Add adds a value to watch for, if it is long enough not to occur by chance: 8 bytes
// or more, or the six digits of a code. It ignores a shorter value.
func (w *Watch) Add(what, secret string) {
	if len(secret) < shortest && !(len(secret) == 6 && digits(secret)) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil {
		w.set = map[string][]form{}
	}
	if name := what + " " + secret; w.set[name] == nil {
		w.add(name, forms(secret))
	}
}

// add adds a secret that is not in the set. The caller holds the lock.
func (w *Watch) add(name string, forms []form) {
	w.set[name] = forms
	w.index.add(name, forms)
}

// AddFields adds the members of a JSON object, and of objects in it, that are texts and whose names
// are listed. It ignores a text that is not JSON.
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

// AddToken adds the token of a request, and its signature as a secret of its own.
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
	return w.index.sightings(text)
}

// Join adds the secrets of another Watch.
func (w *Watch) Join(other *Watch) {
	other.mu.Lock()
	set := maps.Clone(other.set)
	other.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set == nil {
		w.set = map[string][]form{}
	}
	for name, forms := range set {
		if w.set[name] == nil {
			w.add(name, forms)
		}
	}
}

// Len is the number of secrets that are watched for.
func (w *Watch) Len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.set)
}
