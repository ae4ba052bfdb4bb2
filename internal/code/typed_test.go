package code_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/runenames"

	"github.com/enroll-project/enroll/internal/code"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"123456":               "123456",
		" 123456\r\n":          "123456",
		"123 456":              "123456",
		"123-456":              "123456",
		"123\u00a0456":         "123456",
		"123\u2009456":         "123456",
		"1 2 3 4 5 6":          "123456",
		"\u200e123456\u200f":   "123456",
		"\ufeff123456":         "123456",
		"12\u200b3456":         "123456",
		"Your code is 123456.": "123456",
		"您的验证码是１２３４５６，十分钟内有效": "123456",
		"١٢٣٤٥٦":                        "123456",
		"۱۲۳۴۵۶":                        "123456",
		"१२३४५६":                        "123456",
		"๑๒๓๔๕๖":                        "123456",
		"１２３４５６":                        "123456",
		"𝟏𝟐𝟑𝟒𝟓𝟔":                        "123456",
		"000000":                        "000000",
		"12345":                         "",
		"1234567":                       "",
		"":                              "",
		"abcdef":                        "",
		"Your code 123456 has 6 digits": "",
		"①②③④⑤⑥":                        "", // circled digits are not decimal digits
		"一二三四五六":                        "",
	} {
		got, ok := code.Read(typed)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %t, want %q", typed, got, ok, want)
		}
	}
}

// TestReadEveryDigit reads the decimal digits of all writing systems. It compares each with the end
// of its name, because the standard library does not have Unicode's table of numeric values.
func TestReadEveryDigit(t *testing.T) {
	t.Parallel()
	words := strings.Fields("ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE")
	seen := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			continue
		}
		seen++
		got, ok := code.Read(strings.Repeat(string(r), 6))
		if !ok {
			t.Errorf("%U is not read", r)
			continue
		}
		if name := runenames.Name(r); name != "" && !strings.HasSuffix(name, words[got[0]-'0']) {
			t.Errorf("%U %s is read as %s", r, name, got)
		}
	}
	if seen < 600 {
		t.Errorf("%d digits, want at least 600", seen)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("123 456")
	f.Add("١٢٣٤٥٦")
	f.Fuzz(func(t *testing.T, typed string) {
		got, ok := code.Read(typed)
		if ok && (len(got) != 6 || strings.Trim(got, "0123456789") != "") {
			t.Errorf("%q gives %q", typed, got)
		}
	})
}
