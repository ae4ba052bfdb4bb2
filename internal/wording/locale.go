package wording

import (
	"slices"
	"strings"
)

// The order is that in which errors and help list them: the language of the interface that Enroll implements comes
// first.

// Locales returns the languages that messages are sent in, as BCP 47 tags.
func Locales() []string { return []string{"zh-CN", "en"} }

// Locale returns the language in which a message for a BCP 47 tag is sent: en for any English, and zh-CN for any
// other language and for none.
func Locale(tag string) string {
	if slices.Contains(Locales(), tag) {
		return tag
	}
	// A notice may have waited since an earlier release, so its tag may be any.
	if language, _, _ := strings.Cut(tag, "-"); strings.EqualFold(language, "en") {
		return "en"
	}
	return "zh-CN"
}
