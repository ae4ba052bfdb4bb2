//go:build !race

// Tests of one goroutine over very many values. The race detector would find nothing in them and make them thirty
// times slower, so tools/make/test.sh runs them without it.

package identifier

import (
	"slices"
	"strings"
	"testing"
)

// alike returns all permitted characters by their skeleton.
func alike() map[string][]rune {
	by := map[string][]rune{}
	for _, s := range spans {
		for r := s.lo; r <= s.hi; r++ {
			look := skeleton(string(r))
			by[look] = append(by[look], r)
		}
	}
	return by
}

// disguises returns spellings of a word with look-alikes in the place of characters: of one character, of
// each occurrence of it, or of two neighbors. It also returns, for each script, the word with as many of
// its characters as possible replaced by look-alikes of that script.
func disguises(word string, by map[string][]rune) []string {
	var all []string
	runes := []rune(skeleton(word))
	for i := range runes {
		for _, width := range []int{1, 2} {
			if i+width > len(runes) {
				continue
			}
			look := string(runes[i : i+width])
			for _, r := range by[look] {
				all = append(all, string(runes[:i])+string(r)+string(runes[i+width:]),
					strings.ReplaceAll(string(runes), look, string(r)))
			}
		}
	}
	for script := scripts(1); script != 0; script <<= 1 {
		var whole strings.Builder
		for _, r := range runes {
			same := slices.IndexFunc(by[string(r)], func(l rune) bool { return l >= 0x80 && scriptsOf(l)&script != 0 })
			if same >= 0 {
				r = by[string(r)][same]
			}
			whole.WriteRune(r)
		}
		all = append(all, whole.String())
	}
	return all
}

// TestEveryConfusableOfEveryReservedWord: a reserved word in any disguise is refused, by itself and, if it
// is reserved as a part of names, within a name. The disguises use all characters that names may have, of
// every script.
func TestEveryConfusableOfEveryReservedWord(t *testing.T) {
	t.Parallel()
	by := alike()
	tried := 0
	for _, list := range []struct {
		words  string
		frames []string // of a name; W is the word
	}{
		{offices, []string{"W", "W01", "007.W", "W.W", "W-team", "1W2"}},
		{technical, []string{"W"}},
		{titles, []string{"li.W", "W_li", "W88-li"}},
		{embedded, []string{"小W美", "W一", "美W"}},
	} {
		for word := range strings.FieldsSeq(list.words) {
			for _, fake := range disguises(word, by) {
				// A final 5 is not read as an s in these words: user5 is accepted, although it looks like users.
				if list.words == technical && strings.HasSuffix(skeleton(fake), "5") {
					continue
				}
				for _, frame := range list.frames {
					name := strings.ReplaceAll(frame, "W", fake)
					tried++
					if parsed, err := ParseUserName(name); err == nil {
						t.Errorf("%q, which looks like %q, is accepted: %+q", name, word, parsed.Skeleton)
					}
				}
			}
		}
	}
	t.Logf("%d looks, %d names", len(by), tried)
}
