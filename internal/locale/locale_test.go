package locale_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"github.com/enroll-project/enroll/internal/locale"
)

// TestNew: the deployment's own language comes first, and a mistake is an error that says which languages there are.
func TestNew(t *testing.T) {
	t.Parallel()
	all := strings.Join(locale.All(), " ")
	for _, c := range []struct{ own, tags, want string }{
		{"", "", all},
		{"zh-CN", "en zh-CN", "zh-CN en"},
		{"en", "en", "en"},
		{"fr-FR", "", ""},    // a tag that is near to one of the languages is not one of them
		{"zh-CN", "en", ""},  // the own language is not among the others
		{"", "en", ""},       // nor is the default
		{"en", "en xx", ""},  // no language of Enroll
		{"en", "en en", ""},  // twice
		{"en", "EN", ""},     // tags have one form
		{"en", "en zh ", ""}, // not zh-CN
	} {
		set, err := locale.New(c.own, strings.Fields(c.tags)...)
		switch {
		case (err == nil) != (c.want != ""):
			t.Errorf("%q of %q: %v", c.own, c.tags, err)
		case err != nil && !strings.Contains(err.Error(), "en"):
			t.Errorf("%q of %q: the error names no language: %v", c.own, c.tags, err)
		case err == nil && !slices.Equal(set.Tags(), strings.Fields(c.want)):
			t.Errorf("%q of %q: %v, want %s", c.own, c.tags, set.Tags(), c.want)
		}
	}
}

// TestOf: a stored tag gives the nearest language of the deployment. A row may be of another release, or older than
// the settings.
func TestOf(t *testing.T) {
	t.Parallel()
	for own, cases := range map[string]map[string]string{
		"en": {
			"en": "en", "en-GB": "en", "EN": "en", "zh": "zh-CN", "zh-CN": "zh-CN", "zh-SG": "zh-CN", "zh_CN": "zh-CN",
			"sv": "en", "": "en", "no language at all": "en", "\xff": "en", "und": "en",
			"zh-TW": "zh-TW", "zh-HK": "zh-TW", "zh-Hant": "zh-TW", "zh-MO": "zh-TW", "zh-Hans-HK": "zh-CN", "pt": "pt-BR",
			"pt-PT": "pt-BR", "es-419": "es", "fr-CA": "fr", "de-AT": "de", "in": "id", "ar-EG": "ar", "ja-JP": "ja", "uk": "en",
		},
		"zh-CN": {"en": "en", "sv": "zh-CN", "": "zh-CN", strings.Repeat("x-", 40): "zh-CN"},
	} {
		set, err := locale.New(own)
		if err != nil {
			t.Fatal(err)
		}
		for tag, want := range cases {
			if got := set.Of(tag); got != want {
				t.Errorf("%q, else %s: %s, want %s", tag, own, got, want)
			}
		}
	}
}

// TestMatch: the first language that fits decides, and nothing outside the set is chosen.
func TestMatch(t *testing.T) {
	t.Parallel()
	only, err := locale.New("en", "en")
	if err != nil {
		t.Fatal(err)
	}
	few, err := locale.New("en", "zh-CN", "en")
	if err != nil {
		t.Fatal(err)
	}
	if got := few.Of("zh-TW"); got != "zh-CN" {
		t.Errorf("%s for Taiwan where there is one Chinese", got)
	}
	if got := only.Match(language.Chinese, language.English); got != "en" {
		t.Errorf("%s of one language", got)
	}
	if got := locale.Default().Match(language.MustParse("sv"), language.BritishEnglish, language.Chinese); got != "en" {
		t.Errorf("%s, want the first that fits", got)
	}
	if got := locale.Default().Match(); got != locale.All()[0] {
		t.Errorf("%s for a person of no language", got)
	}
}

func TestDirection(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"en": "ltr", "zh-CN": "ltr", "ar": "rtl", "he": "rtl", "": "ltr"} {
		if got := locale.Direction(tag); got != want {
			t.Errorf("%q: %s", tag, got)
		}
	}
}
