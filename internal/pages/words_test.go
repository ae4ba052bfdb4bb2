package pages_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/locale"
)

// wordsOf returns the texts of the page in each language, from web/words.
func wordsOf(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	files, err := filepath.Glob("web/words/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var by map[string]string
		if err := json.Unmarshal(data, &by); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = by
	}
	return all
}

// TestWords: the page has the languages of the product, and each has the texts of English, with the same placeholders.
// A text that was not translated is probably a mistake; the few that may be equal are names.
func TestWords(t *testing.T) {
	t.Parallel()
	all := wordsOf(t)
	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, slices.Sorted(slices.Values(locale.All()))) {
		t.Errorf("the page has the languages %q", got)
	}
	placeholder := regexp.MustCompile(`\{[a-z]+\}`)
	names := map[string]string{}
	for tag, by := range all {
		for key, text := range by {
			english, known := all["en"][key]
			got, want := placeholder.FindAllString(text, -1), placeholder.FindAllString(english, -1)
			slices.Sort(got)
			slices.Sort(want)
			switch {
			case !known:
				t.Errorf("%s: English has no %s", tag, key)
			case !slices.Equal(got, want):
				t.Errorf("%s: %s has the placeholders %q, and in English %q", tag, key, got, want)
			case text == "" || strings.TrimSpace(text) != text || strings.ContainsAny(text, "<>!\n"):
				t.Errorf("%s: %s: %q", tag, key, text)
			case tag != "en" && text == english && len(text) > len("optional"):
				t.Errorf("%s: %s is as in English: %q", tag, key, text)
			}
		}
		for key := range all["en"] {
			if by[key] == "" {
				t.Errorf("%s: there is no %s", tag, key)
			}
		}
		if other := names[by["language"]]; other != "" {
			t.Errorf("%s and %s have one name", tag, other)
		}
		names[by["language"]] = tag
	}
}

// TestNoScript: without JavaScript, the page says what it needs in each language, since no script can choose one.
func TestNoScript(t *testing.T) {
	t.Parallel()
	_, body := request(t, "GET", "/")
	_, text, _ := strings.Cut(body, "<noscript>")
	text, _, _ = strings.Cut(text, "</noscript>")
	if n := strings.Count(text, "JavaScript"); n != len(locale.All()) {
		t.Errorf("%d texts for %d languages", n, len(locale.All()))
	}
	for _, tag := range locale.All() {
		if !strings.Contains(text, ` lang="`+tag+`"`) {
			t.Errorf("there is no text in %s", tag)
		}
		if (locale.Direction(tag) == "rtl") != strings.Contains(text, ` lang="`+tag+`" dir="rtl"`) {
			t.Errorf("the direction of %s is wrong", tag)
		}
	}
}

// TestServedWords: the page serves the texts of web/words, and its script has the own name of each language.
func TestServedWords(t *testing.T) {
	t.Parallel()
	_, script := request(t, "GET", "/pages/app.js")
	for tag, want := range wordsOf(t) {
		if !strings.Contains(script, want["language"]) {
			t.Errorf("%s: the script does not name %q: run make page", tag, want["language"])
		}
		if tag == "en" {
			continue // its texts are in the script
		}
		_, body := request(t, "GET", "/pages/words/"+tag+".json")
		var got map[string]string
		if err := json.Unmarshal([]byte(body), &got); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: the served texts are not those of web/words: run make page, %v", tag, err)
		}
	}
}
