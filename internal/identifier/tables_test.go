package identifier

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// TestTablesAreInOrder: a binary search needs sorted tables.
func TestTablesAreInOrder(t *testing.T) {
	t.Parallel()
	for i, s := range spans {
		if s.lo > s.hi || s.used == 0 || i > 0 && s.lo <= spans[i-1].hi {
			t.Errorf("span %d: %04X to %04X, scripts %x", i, s.lo, s.hi, s.used)
		}
	}
	if !slices.IsSortedFunc(lookalikes[:], func(a, b lookalike) int { return byCodePoint(a, b.from) }) {
		t.Error("lookalikes are out of order")
	}
}

// TestScriptsOfLetters compares the table with scripts by Unicode for some characters.
func TestScriptsOfLetters(t *testing.T) {
	t.Parallel()
	for r, want := range map[rune]scripts{
		'a': scriptLatin, 'é': scriptLatin, 'я': scriptCyrillic, 'ω': scriptGreek,
		'李': scriptHan | scriptJapanese | scriptKorean | scriptHanBopomofo,
		'か': scriptHiragana | scriptJapanese, 'ー': scriptHiragana | scriptKatakana | scriptJapanese,
		'글': scriptHangul | scriptKorean,
		'ㄅ': scriptBopomofo | scriptHanBopomofo, '7': ^scripts(0), '\u0301': ^scripts(0), '١': scriptArabic | scriptThaana,
		'@': 0, '_': 0, '\u200d': 0, 'ſ': 0, 'Ａ': 0, '😀': 0, 0: 0, unicode.MaxRune: 0, '\u0345': scriptGreek,
	} {
		if got := scriptsOf(r); got != want {
			t.Errorf("scripts of %q = %x, want %x", r, got, want)
		}
	}
}

// latinLooks has the letters that may stand beside Latin and are look-alikes of ASCII letters or
// digits by UTS 39, each with these letters or digits. The program in gen writes it without the
// code that makes the tables.
//
//go:embed testdata/latin_looks.txt
var latinLooks string

// looksOf returns the look-alikes of each ASCII letter and digit that may stand beside
// Latin letters: by UTS 39, and by the tables.
func looksOf(t *testing.T) map[rune][]rune {
	t.Helper()
	looks := make(map[rune]map[rune]bool)
	add := func(ascii, look rune) {
		if looks[ascii] == nil {
			looks[ascii] = make(map[rune]bool)
		}
		looks[ascii][look] = true
	}
	for line := range strings.Lines(latinLooks) {
		look, same, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			t.Fatalf("line %q", line)
		}
		for _, c := range same {
			add(c, []rune(look)[0])
		}
	}
	for _, l := range lookalikes {
		if used := scriptsOf(l.from); len(l.to) == 1 && used != ^scripts(0) && used&(scriptLatin|mixing) != 0 {
			add(rune(l.to[0]), l.from)
		}
	}
	for _, c := range "li1" {
		add(c, '丨')
	}
	sorted := make(map[rune][]rune)
	for c, set := range looks {
		sorted[c] = slices.Sorted(maps.Keys(set))
	}
	return sorted
}

// TestEveryLookAlikeBesideLatin replaces each character of each reserved word and of
// some taken names by each of its look-alikes: at one place, and at all places. What is
// accepted must have the skeleton of the taken name.
func TestEveryLookAlikeBesideLatin(t *testing.T) {
	t.Parallel()
	looks := looksOf(t)
	if n := len(slices.Concat(slices.Collect(maps.Values(looks))...)); n < 25 {
		t.Fatalf("only %d look-alikes, want at least 25", n)
	}
	words := append(strings.Fields(offices), strings.Fields(technical)...)
	taken := []string{"paypal", "yahoo", "google", "ian", "lan", "1an", "user10", "userlo", "toyota", "jixx_univ-c3p0.z",
		"pytjuxznco"}
	for _, word := range append(words, taken...) {
		for i, c := range word {
			for _, look := range looks[c] {
				once := word[:i] + string(look) + word[i+len(string(c)):]
				for _, fake := range []string{once, strings.ReplaceAll(word, string(c), string(look))} {
					name, err := ParseUserName(fake)
					if err == nil && (!slices.Contains(taken, word) || name.Skeleton != skeleton(word)) {
						t.Errorf("%q is accepted beside %q: %+q", fake, word, name)
					}
				}
			}
		}
	}
}

// TestAmbiguousLetters: the Han zero and a Han stroke look like several Latin letters.
// They are letters of Chinese names, but not beside Latin letters or digits.
func TestAmbiguousLetters(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"二〇〇八": true, "丨龙丨": true, "张丨三": true, "paypa丨": false, "adm丨n": false, "g〇〇gle": false, "user1〇": false,
		"李丨Alice": false, "张三〇8": false, "丨〇丨〇": false, "〇〇": false, "〇口": false, "丁〇丨": false,
		"山İ〇": false, // its key has an i
	} {
		if _, err := ParseUserName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}
