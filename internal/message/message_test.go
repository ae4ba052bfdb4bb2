package message

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/enroll-project/enroll/internal/locale"
)

// load reads the messages "k" of two languages.
func load(own string, variants ...string) (*Languages, error) {
	set, err := locale.New(own, "zh-CN", "en")
	if err != nil {
		return nil, err
	}
	return Load(fstest.MapFS{
		"en.json":    {Data: []byte(`{"k": "a[ {limit}|-][ {seconds}].", "v": "plain", "v@sms": "by SMS"}`)},
		"zh-CN.json": {Data: []byte(`{"k": "b", "v": "c"}`)},
	}, set, variants...)
}

func TestChooseLanguage(t *testing.T) {
	t.Parallel()
	chinese, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	english, err := load("en")
	if err != nil {
		t.Fatal(err)
	}
	for sent, want := range map[string]string{ // "" is the deployment's own
		"": "", "*": "", "fr": "", "ja": "", "x": "", "en;q=0": "", ";;;": "", "\xff": "", "zh;q=x": "",
		"zh": "zh-CN", "zh-CN": "zh-CN", "zh-Hans-SG": "zh-CN", "zh-TW": "zh-CN", "de, zh;q=0.1": "zh-CN",
		"en;q=0, zh": "zh-CN",
		"en":         "en", "EN-us": "en", "en-GB,en;q=0.5": "en", "fr, en;q=0.2": "en", "zh;q=0.3, en;q=0.8": "en",
		"en-US,zh-CN;q=0.9":                "en",
		"en," + strings.Repeat("zh,", 200): "en", strings.Repeat("e", 1000) + ",en": "", strings.Repeat("-", 1000): "",
		strings.Repeat("fr,", 100) + "en": "",
		// A malformed entry is left out, and the others stay.
		"en, zh;q=x": "en", "x_, en": "en", "en;q=2x,zh;q=0.1": "zh-CN", ";;;,en": "en", "\xff, en;q=0.3, zh;q=0.4": "zh-CN",
		"*;q=0.9, en;q=0.1": "en", "a-, , ,en": "en", "englishlanguage, en": "en", "en;;q=1, zh;q=0.2": "zh-CN", "zh;q=0, " +
			"x!, en;q=0.1": "en",
	} {
		for l, own := range map[*Languages]string{chinese: "zh-CN", english: "en"} {
			want := want
			if want == "" {
				want = own
			}
			if got := l.Of(http.Header{"Accept-Language": {sent}}).Tag; got != want {
				t.Errorf("%.40q, else %s: %s, want %s", sent, own, got, want)
			}
		}
	}
}

func FuzzChooseLanguage(f *testing.F) {
	l, err := load("")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "zh-CN,zh;q=0.9,en;q=0.8", "*;q=0.5", "en-GB-oed", "i-klingon, x-y",
		strings.Repeat("a-", 200)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		if got := l.Of(http.Header{"Accept-Language": {sent, sent}}); got == nil {
			t.Error("no language")
		}
	})
}

func TestOf(t *testing.T) {
	t.Parallel()
	l, err := load("en")
	if err != nil {
		t.Fatal(err)
	}
	texts := l.All()[0]
	for want, numbers := range map[string][2]int{"a-.": {0, 0}, "a 1.": {1, 0}, "a- 2.": {0, 2}, "a 1 2.": {1, 2}} {
		if got := texts.Of("k", numbers[0], numbers[1]); got != want {
			t.Errorf("%v: %q, want %q", numbers, got, want)
		}
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	for want, variants := range map[string][]string{"plain": {"image"}, "by SMS": {"image", "sms"}} {
		l, err := load("en", variants...)
		if err != nil {
			t.Fatal(err)
		}
		texts := l.All()[0]
		if got := texts.Of("v", 0, 0); got != want {
			t.Errorf("with %q: %q, want %q", variants, got, want)
		}
		for key := range texts.Keys() {
			if strings.Contains(key, "@") {
				t.Errorf("the variant %s is a key of its own", key)
			}
		}
	}
}

// TestLoadRefuses: a mistake in a file fails the start.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	set, err := locale.New("zh-CN", "zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	for about, files := range map[string]fstest.MapFS{
		"no file of the language": {"en.json": {Data: []byte(`{}`)}},
		"a key twice":             {"zh-CN.json": {Data: []byte(`{"k": "a", "k": "b"}`)}},
		"not an object":           {"zh-CN.json": {Data: []byte(`[]`)}},
	} {
		if _, err := Load(files, set); err == nil {
			t.Errorf("%s: loaded", about)
		}
	}
}
