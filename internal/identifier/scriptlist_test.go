package identifier

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const (
	// namingScripts are the scripts of which user names may have letters.
	namingScripts = "Adlam Arabic Armenian Bengali Bopomofo Canadian_Aboriginal Chakma Cherokee Common Cyrillic " +
		"Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hanifi_Rohingya Hebrew Hiragana Kannada " +
		"Katakana Khmer Lao Latin Malayalam Meetei_Mayek Mongolian Myanmar Nko Nyiakeng_Puachue_Hmong Ol_Chiki " +
		"Oriya Osage Sinhala Syriac Tamil Telugu Thaana Thai Tibetan Tifinagh Vai Yi"
	// unnamedScripts are the others that a people writes: UAX 31, table 7, counts them as of limited use, and CLDR 48
	// has no language whose main letters they are, so nothing says which of their characters a name needs.
	unnamedScripts = "Balinese Bamum Batak Cham Javanese Kayah_Li Lepcha Limbu Lisu Mandaic Miao New_Tai_Lue Newa " +
		"Saurashtra Sundanese Syloti_Nagri Tai_Le Tai_Tham Tai_Viet Wancho"
)

// TestScriptsOfUserNames: user names may have letters of namingScripts and of no other script that Unicode has,
// unnamedScripts among them. A display name may have those, too.
func TestScriptsOfUserNames(t *testing.T) {
	t.Parallel()
	accepted := map[string]bool{}
	for name, table := range unicode.Scripts {
		for _, r := range lettersOf(table) {
			if _, err := ParseUserName(string([]rune{r, r})); err == nil {
				accepted[name] = true
			}
		}
	}
	if got := strings.Join(slices.Sorted(maps.Keys(accepted)), " "); got != namingScripts {
		t.Errorf("letters of these scripts are accepted:\n%s, want\n%s", got, namingScripts)
	}
	for name := range strings.FieldsSeq(unnamedScripts) {
		letters := lettersOf(unicode.Scripts[name])
		if len(letters) < 2 {
			t.Fatalf("%s has %d letters", name, len(letters))
		}
		if _, err := ParseRealName(string(letters[:2])); err != nil {
			t.Errorf("a display name in %s: %v", name, err)
		}
	}
}

// lettersOf returns the letters of a script, and of a block of more than 1,000 characters the first and the last one.
func lettersOf(table *unicode.RangeTable) (letters []rune) {
	add := func(lo, hi, stride rune) {
		if hi-lo > 1000 {
			stride = hi - lo // Han, Hangul and other blocks of one kind
		}
		for r := lo; r <= hi; r += stride {
			if unicode.IsLetter(r) {
				letters = append(letters, r)
			}
		}
	}
	for _, block := range table.R16 {
		add(rune(block.Lo), rune(block.Hi), rune(block.Stride))
	}
	for _, block := range table.R32 {
		add(rune(block.Lo), rune(block.Hi), rune(block.Stride))
	}
	return letters
}
