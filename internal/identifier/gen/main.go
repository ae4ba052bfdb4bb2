// Command gen compiles Unicode's identifier profile, script data and look-alike
// table into scripts_table.go and lookalikes_table.go of package identifier. It
// refuses input files of other releases.
//
// The profile and the scripts are those of Unicode 15.0.0, the version of Go 1.26
// and golang.org/x/text. They come from the source archive of ICU 72.1 (Debian's
// source package icu 72.1, or the release of ICU itself). The look-alikes are those
// of Unicode 18.0.0, which has many more among Han, Bopomofo and Latin letters.
// They come from the crate unicode-security 0.1.3, which carries UTS 39's
// confusables.txt as a table. To run it:
//
//	tar xf icu_72.1.orig.tar.gz
//	tar xf unicode-security-0.1.3.crate
//	ICU_SOURCE=$PWD/icu CONFUSABLES=$PWD/unicode-security-0.1.3/src/tables.rs \
//		go generate ./internal/identifier
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// The inputs are pinned by their SHA-256 digests, so that every run gives the same
// tables.
const (
	unicodeVersion = "15.0.0"
	lookVersion    = "18.0.0"

	confusablesSum = "2ba8a202ed26da430d3e488b91537f8922f930e022e7f9b0d28896278985ab2c" // UTS 39 look-alikes
	propertiesPath = "source/data/unidata/ppucd.txt"                                    // Script_Extensions
	propertiesSum  = "83e1c0ac6bd238b64d6ed6ffa4ad5622fc4797861ed508ccb523a81fd6b6ac63"
	profilePath    = "source/i18n/uspoof.cpp" // UTS 39 Identifier_Type=Recommended, as a set of ranges
	profileSum     = "dc6ba0d968793d2c737adbb17da831900d832365f2cb2891a0daea3450910773"
)

func main() {
	icu := flag.String("icu", "", "folder of the unpacked ICU 72.1 source")
	confusables := flag.String("confusables", "", "src/tables.rs of the crate unicode-security 0.1.3")
	out := flag.String("out", ".", "folder that receives the tables")
	flag.Parse()
	if err := run(*icu, *confusables, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads two files below icu and the table of look-alikes. Below out it writes two tables of package identifier
// and a file for its tests.
func run(icu, look, out string) error {
	if unicode.Version != unicodeVersion {
		return fmt.Errorf("this Go has Unicode %s, the inputs are of %s: pin the inputs of that release first",
			unicode.Version, unicodeVersion)
	}
	profile, err := read(filepath.Join(icu, profilePath), profileSum)
	if err != nil {
		return err
	}
	properties, err := read(filepath.Join(icu, propertiesPath), propertiesSum)
	if err != nil {
		return err
	}
	confusables, err := read(look, confusablesSum)
	if err != nil {
		return err
	}
	recommended, err := parseProfile(profile)
	if err != nil {
		return err
	}
	extensions, err := parseExtensions(properties)
	if err != nil {
		return err
	}
	prototypes, err := parseConfusables(confusables)
	if err != nil {
		return err
	}
	letters := permitted(recommended)
	scripts, err := scriptTable(letters, extensions)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "scripts_table.go"), scripts, 0o644); err != nil {
		return err
	}
	lookalikes, err := lookalikeTable(letters, prototypes)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "lookalikes_table.go"), lookalikes, 0o644); err != nil {
		return err
	}
	looks := []byte(latinLooks(letters, prototypes) + "\n")
	return os.WriteFile(filepath.Join(out, "testdata", "latin_looks.txt"), looks, 0o644)
}

// read returns an input file, or an error if its digest is not sum.
func read(path, sum string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if got := sha256.Sum256(b); hex.EncodeToString(got[:]) != sum {
		return "", fmt.Errorf("%s is not the file of the pinned release (SHA-256 %x)", path, got)
	}
	return string(b), nil
}

// parseProfile returns the set of recommended code points. The source has it as C++
// string literals with a UnicodeSet pattern of single code points and ranges.
func parseProfile(source string) (map[rune]bool, error) {
	_, rest, ok := strings.Cut(source, "recommendedPat =")
	if !ok {
		return nil, errors.New("no recommendedPat in uspoof.cpp")
	}
	pattern, _, _ := strings.Cut(rest, ";")
	var runes []rune // -1 is the range sign
	for line := range strings.Lines(pattern) {
		line = strings.TrimSpace(line)
		line = strings.TrimSuffix(strings.TrimPrefix(line, `u"`), `"`)
		for line != "" {
			switch {
			case strings.HasPrefix(line, `\\u`), strings.HasPrefix(line, `\\U`):
				width := 4
				if line[2] == 'U' {
					width = 8
				}
				r, err := codePoint(line[3 : 3+width])
				if err != nil {
					return nil, err
				}
				runes, line = append(runes, r), line[3+width:]
			case line[0] == '-':
				runes, line = append(runes, -1), line[1:]
			case line[0] == '[' || line[0] == ']':
				line = line[1:]
			default:
				runes, line = append(runes, rune(line[0])), line[1:]
			}
		}
	}
	set := make(map[rune]bool)
	for i, r := range runes {
		if r >= 0 {
			set[r] = true
			continue
		}
		for x := runes[i-1]; x <= runes[i+1]; x++ {
			set[x] = true
		}
	}
	return set, nil
}

// parseExtensions returns the Script_Extensions of code points as long names of scripts,
// from ICU's preparsed character database. A line of a code point overrides the line of
// its block.
func parseExtensions(properties string) (map[rune][]string, error) {
	longNames := make(map[string]string)
	extensions := make(map[rune][]string)
	for line := range strings.Lines(properties) {
		fields := strings.Split(strings.TrimSpace(line), ";")
		switch {
		case len(fields) > 3 && fields[0] == "value" && fields[1] == "sc":
			longNames[fields[2]] = fields[3]
		case fields[0] == "block", fields[0] == "cp":
			first, last, isRange := strings.Cut(fields[1], "..")
			if !isRange {
				last = first
			}
			lo, err1 := codePoint(first)
			hi, err2 := codePoint(last)
			if err := errors.Join(err1, err2); err != nil {
				return nil, err
			}
			names, set := extensionsOf(fields[2:], longNames)
			for r := lo; set && r <= hi; r++ {
				extensions[r] = names
			}
		}
	}
	return extensions, nil
}

// extensionsOf returns the scripts in the properties of one line. nil stands for the code
// point's own script. set is false if the line has no property about scripts.
func extensionsOf(properties []string, longNames map[string]string) (names []string, set bool) {
	for _, p := range properties {
		value, ok := strings.CutPrefix(p, "scx=")
		if ok && value != "<script>" {
			for short := range strings.FieldsSeq(value) {
				names = append(names, longNames[short])
			}
			return names, true
		}
		set = set || ok || strings.HasPrefix(p, "sc=")
	}
	return nil, set
}

// pair matches an entry of the table of look-alikes: a code point and its prototype.
var pair = regexp.MustCompile(`\('\\u\{([0-9a-f]+)\}',\s*&\[([^\]]*)\]\)`)

// parseConfusables returns the prototype of each confusable code point, from the
// first table with that name in Rust: ('\u{31}', &['\u{6c}']), and so on.
func parseConfusables(text string) (map[rune][]rune, error) {
	_, table, ok := strings.Cut(text, "const CONFUSABLES:")
	if !ok {
		return nil, errors.New("no table of look-alikes")
	}
	table, _, _ = strings.Cut(table, "];")
	prototypes := make(map[rune][]rune)
	for _, p := range pair.FindAllStringSubmatch(table, -1) {
		source, err := codePoint(p[1])
		if err != nil {
			return nil, err
		}
		for _, digits := range pointInRust.FindAllStringSubmatch(p[2], -1) {
			r, err := codePoint(digits[1])
			if err != nil {
				return nil, err
			}
			prototypes[source] = append(prototypes[source], r)
		}
	}
	return prototypes, nil
}

var pointInRust = regexp.MustCompile(`\\u\{([0-9a-f]+)\}`)

func codePoint(s string) (rune, error) {
	n, err := strconv.ParseUint(s, 16, 32)
	return rune(n), err
}
