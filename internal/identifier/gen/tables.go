package main

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// livingScripts are those that CLDR 48 has as the main letters of a language that a people writes, and that UTS 39 does
// not recommend because of their limited use. The first two are official in China's autonomous regions. Not among them
// are Deseret and Shavian, which are other ways to write English, Coptic, and the letters of Church Slavonic.
var livingScripts = []*unicode.RangeTable{
	unicode.Yi, unicode.Mongolian, unicode.Adlam, unicode.Canadian_Aboriginal, unicode.Chakma, unicode.Cherokee,
	unicode.Hanifi_Rohingya, unicode.Meetei_Mayek, unicode.Nko, unicode.Nyiakeng_Puachue_Hmong, unicode.Ol_Chiki,
	unicode.Osage, unicode.Syriac, unicode.Tifinagh, unicode.Vai,
}

// livingLetters are letters and marks of languages that a people writes, in both cases. UTS 39 does not recommend them:
// it counts their use as uncommon or technical. All but those of Lingala are main letters of a language in CLDR 48.
// Left out are Ɩ, ǀ and Ɪ, which beside Latin letters look like several of them (see ambiguousBesideLatin), the letters
// of Caddo that look like a colon and an apostrophe, and raised letters, which PRECIS refuses.
const livingLetters = "ƁɓƊɗƘƙƳƴƉɖƐɛƆɔƑƒƔɣƲʋƝɲ" + // Hausa, Fula, Ewe, Akan, Bambara and Lingala
	"ƎǝɩƗɨɄʉƱʊ" + // Anii, Aghem, Maasai, Langi, Ngiemboon and their neighbors
	"ǤǥƷʒ" + // Skolt Sami
	"ǁǂǃ" + // Khoekhoe
	"ƛꞭɬɪʔʕ" + // Okanagan
	"Ꞌꞌ" + // Ngomba
	"\u1dc6\u1dc7" + // Basaa
	"\u0358" + // Osage
	"\u0654\u0659\u065b" + // Persian, Pashto and Northern Luri
	"\u0951\u0952" + // Dogri
	"\u05b7\u05b8\u05bc\u05bf\u05c2" + // Yiddish
	"\ua9e0\ua9e3\ua9e4\ua9e5" + // Shan
	"\u0ddf" // Sinhala

// palochkas are mapped to `l`. UTS 39 maps the small one to `i`, which it resembles in
// no font, and so misses a well-known spoof (аррӏе). The capital one is written among
// small letters in the languages that have it.
const palochkas = "Ӏӏ"

// permitted returns the letters, marks and decimal digits that may be in a Display, in
// order: those that UTS 39 recommends, those of livingScripts and livingLetters, if
// PRECIS accepts them and its width mapping and normalization do not change them.
func permitted(recommended map[rune]bool) []rune {
	var letters []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !recommended[r] && !unicode.In(r, livingScripts...) && !strings.ContainsRune(livingLetters, r) {
			continue
		}
		// PRECIS counts the Han zero as a letter: RFC 8264, 9.6
		if !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '〇' {
			continue
		}
		// A single Arabic mark or digit may fail the bidirectional rule or need a
		// neighbor, so it is tried after a letter, too.
		shown, err := precis.UsernameCasePreserved.String(string(r))
		if err != nil {
			shown, err = precis.UsernameCasePreserved.String("ا" + string(r))
			shown = strings.TrimPrefix(shown, "ا")
		}
		if err == nil && shown == string(r) {
			letters = append(letters, r)
		}
	}
	return letters
}

// scriptsOf returns the augmented script set of UTS 39, 5.1: the scripts of r, and for
// Han, kana, Hangul and Bopomofo the writing systems that mix them. An empty set
// means all scripts.
func scriptsOf(r rune, extensions map[rune][]string) []string {
	names := extensions[r]
	if names == nil {
		for name, table := range unicode.Scripts {
			if unicode.Is(table, r) {
				names = []string{name}
			}
		}
	} else {
		names = slices.Clone(names)
	}
	if slices.Contains(names, "Common") || slices.Contains(names, "Inherited") {
		return nil
	}
	for _, name := range slices.Clone(names) {
		switch name {
		case "Han":
			names = append(names, "Japanese", "Korean", "HanBopomofo")
		case "Hiragana", "Katakana":
			names = append(names, "Japanese")
		case "Hangul":
			names = append(names, "Korean")
		case "Bopomofo":
			names = append(names, "HanBopomofo")
		}
	}
	return names
}

// span is a range of code points with the same script set.
type span struct {
	lo, hi rune
	set    string // names joined with spaces, sorted
}

// scriptTable returns scripts_table.go: the permitted letters with their scripts.
func scriptTable(letters []rune, extensions map[rune][]string) ([]byte, error) {
	var spans []span
	used := make(map[string]bool)
	for _, r := range letters {
		names := scriptsOf(r, extensions)
		slices.Sort(names)
		names = slices.Compact(names)
		for _, n := range names {
			used[n] = true
		}
		set := strings.Join(names, " ")
		if n := len(spans); n > 0 && spans[n-1].hi == r-1 && spans[n-1].set == set {
			spans[n-1].hi = r
			continue
		}
		spans = append(spans, span{r, r, set})
	}
	// A script that occurs only together with others (such as an extinct script that shares
	// its digits with an Indic one) cannot be the script of a name. It is left out, so that
	// the set fits into 64 bits.
	alone := make(map[string]bool)
	for _, s := range spans {
		if !strings.Contains(s.set, " ") {
			alone[s.set] = true
		}
	}
	for _, n := range []string{"Han", "Hiragana", "Katakana", "Hangul", "Bopomofo", "Japanese", "Korean", "HanBopomofo"} {
		alone[n] = true
	}
	maps.DeleteFunc(used, func(n string, _ bool) bool { return !alone[n] })
	names := slices.Sorted(maps.Keys(used))
	if len(names) > 64 {
		return nil, fmt.Errorf("%d scripts do not fit a 64-bit set", len(names))
	}
	var b bytes.Buffer
	head(&b)
	fmt.Fprint(&b, "// The scripts that a permitted letter can be written in, "+
		"and the three writing systems that\n// mix scripts (UTS 39, 5.1).\nconst (\n")
	for i, n := range names {
		tail := ""
		if i == 0 {
			tail = " scripts = 1 << iota"
		}
		fmt.Fprintf(&b, "\tscript%s%s\n", strings.ReplaceAll(n, "_", ""), tail)
	}
	fmt.Fprint(&b, ")\n\n// spans are the permitted letters, marks and digits in order.\n")
	fmt.Fprintf(&b, "var spans = [%d]span{\n", len(spans))
	rows := filler{to: &b}
	for _, s := range spans {
		rows.add(fmt.Sprintf("{0x%04X, 0x%04X, %#x},", s.lo, s.hi, bits(s.set, names)))
	}
	fmt.Fprint(&b, "\n}\n")
	return format.Source(b.Bytes())
}

func bits(set string, names []string) uint64 {
	if set == "" {
		return 1<<64 - 1
	}
	var n uint64
	for name := range strings.FieldsSeq(set) {
		if i := slices.Index(names, name); i >= 0 {
			n |= 1 << i
		}
	}
	return n
}

// lookalikeTable returns lookalikes_table.go: the prototype of each code point in the
// NFD of a permitted letter that has one.
func lookalikeTable(letters []rune, prototypes map[rune][]rune) ([]byte, error) {
	targets := make(map[rune]string)
	for _, letter := range letters {
		for _, r := range norm.NFD.String(string(letter)) {
			if r < 0x80 {
				continue
			}
			if to := resolve(string(r), prototypes); to != string(r) {
				targets[r] = to
			}
		}
	}
	var b bytes.Buffer
	head(&b)
	fmt.Fprint(&b, "// lookalikes maps a code point in NFD to what it looks like, in order of the code points.\n")
	fmt.Fprintf(&b, "var lookalikes = [%d]lookalike{\n", len(targets))
	rows := filler{to: &b}
	for _, r := range slices.Sorted(maps.Keys(targets)) {
		rows.add(fmt.Sprintf("{0x%04X, %+q},", r, targets[r]))
	}
	fmt.Fprint(&b, "\n}\n\n// ambiguous are letters that look like several ASCII letters or digits.\n")
	fmt.Fprintf(&b, "const ambiguous = %q\n", ambiguousBesideLatin(letters, prototypes))
	return format.Source(b.Bytes())
}

// resolve replaces code points by their prototypes until there is no change. ASCII
// characters are their own prototypes: see the documentation of package identifier.
func resolve(s string, prototypes map[rune][]rune) string {
	for range 8 {
		var b strings.Builder
		for _, r := range norm.NFD.String(s) {
			if strings.ContainsRune(palochkas, r) {
				b.WriteByte('l')
			} else if p, ok := prototype(r, prototypes); r >= 0x80 && ok {
				b.WriteString(prefer(r, p, prototypes))
			} else {
				b.WriteRune(r)
			}
		}
		next := lowerASCII(b.String())
		if next == s {
			return s
		}
		s = next
	}
	panic("the prototypes have a cycle")
}

// prefer returns the ASCII letter or digit with this prototype that is of the same kind
// as r. UTS 39 has one prototype for `1`, `I` and `l`. Here a capital look-alike maps to
// `i`, a digit to `1`, and a small letter to `l`.
func prefer(r rune, prototype string, prototypes map[rune][]rune) string {
	if prototype == "L" && unicode.IsUpper(r) {
		return prototype // not `I`, whose prototype is a small L
	}
	for c := rune('0'); c <= 'z'; c++ {
		if p := string(prototypes[c]); !strings.EqualFold(p, prototype) && string(c) != prototype {
			continue
		}
		if unicode.IsUpper(r) && unicode.IsUpper(c) || unicode.IsDigit(r) && unicode.IsDigit(c) ||
			!unicode.IsUpper(r) && !unicode.IsDigit(r) && unicode.IsLower(c) {
			return string(c)
		}
	}
	return prototype
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

func head(b *bytes.Buffer) {
	fmt.Fprintf(b, "// Code generated by internal/identifier/gen from Unicode %s, look-alikes from %s; DO NOT EDIT.\n"+
		"// Copyright © 1991-2026 Unicode, Inc., licenses in LICENSE.unicode.\n\n"+
		"package identifier\n\n", unicodeVersion, lookVersion)
}

// maxLine bounds the characters of a line of entries, without the tab in front.
const maxLine = 100

// filler writes entries into lines, as many into each as maxLine allows.
type filler struct {
	to   *bytes.Buffer
	used int // characters of the present line
}

func (f *filler) add(entry string) {
	switch {
	case f.used == 0:
	case f.used+1+len(entry) > maxLine:
		f.to.WriteByte('\n')
		f.used = 0
	default:
		f.to.WriteByte(' ')
		f.used++
	}
	f.to.WriteString(entry)
	f.used += len(entry)
}
