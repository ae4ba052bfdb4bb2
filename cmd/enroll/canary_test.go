package main

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// canaries are secrets that occur nowhere else, by what they are.
type canaries map[string]string

// sightings lists the canaries that a text holds, in any of the forms in which
// programs write what they should not.
func (c canaries) sightings(text string) (seen []string) {
	for _, name := range slices.Sorted(maps.Keys(c)) {
		for form, find := range forms(c[name]) {
			if find(text) {
				seen = append(seen, name+" ("+form+")")
			}
		}
	}
	slices.Sort(seen)
	return seen
}

// forms are the ways to find a secret.
func forms(secret string) map[string]func(text string) bool {
	holds := func(part string) func(string) bool {
		return func(text string) bool { return strings.Contains(text, part) }
	}
	found := map[string]func(string) bool{
		"as it is": holds(secret),
		"hexadecimal": func(text string) bool {
			return strings.Contains(strings.ToLower(text), hex.EncodeToString([]byte(secret)))
		},
		"in a URL":  holds(url.QueryEscape(secret)),
		"in a path": holds(url.PathEscape(secret)),
	}
	if len(secret) == 6 && strings.Trim(secret, "0123456789") == "" {
		// Six digits are soon a part of a time, a size or a number of a process.
		lonely := regexp.MustCompile(`(^|[^0-9A-Za-z.[])` + secret + `([^0-9A-Za-z.]|$)`)
		found["as it is"] = lonely.MatchString
		delete(found, "in a URL")
		delete(found, "in a path")
	}
	for shift := range 3 {
		// In the middle of something longer, what base64 makes of a text depends on
		// where it begins; its first and last characters mix it with its neighbours.
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		part := text[(8*shift+5)/6 : 8*(shift+len(secret))/6]
		safe := strings.NewReplacer("+", "-", "/", "_").Replace(part)
		found["base64 at "+string(rune('0'+shift))] = func(text string) bool { return strings.Contains(text, part) || strings.Contains(text, safe) }
	}
	return found
}

// TestSightings: the search finds a canary in each form, and none where none is.
func TestSightings(t *testing.T) {
	t.Parallel()
	planted := canaries{"password": "cAnArY pass+word/ü", "code": "493817", "phone": "+8613912345678"}
	for name, secret := range planted {
		for form, text := range map[string]string{
			"as it is":    "x " + secret + " y",
			"hexadecimal": `\x00` + strings.ToUpper(hex.EncodeToString([]byte("ab"+secret+"cd"))),
			"base64 at 0": base64.RawURLEncoding.EncodeToString([]byte(secret)),
			"base64 at 1": base64.StdEncoding.EncodeToString([]byte("1234" + secret + "more")),
			"base64 at 2": base64.URLEncoding.EncodeToString([]byte(`{"` + secret + `":1}`)),
			"in a URL":    "?a=" + url.QueryEscape(secret) + "&b",
			"in a path":   "/a/" + url.PathEscape(secret) + "/b",
		} {
			if strings.HasPrefix(form, "in a") && name == "code" {
				form = "as it is" // digits are written alike
			}
			if got := planted.sightings(text); !slices.Contains(got, name+" ("+form+")") {
				t.Errorf("%s %s was not seen in %s, only %q", name, form, text, got)
			}
		}
	}
	innocent := `{"time":"2026-11-22T17:13:27.493817Z","seconds":0.493817,"id":"ab493817cd","n":1493817,"pid":[493817],"phone":"+861391234567"}`
	if got := planted.sightings(innocent); got != nil {
		t.Errorf("seen where there is none: %q", got)
	}
}
