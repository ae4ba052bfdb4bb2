package password_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/enroll-project/enroll/internal/password"
)

func newPolicy(t testing.TB, minLength int) *password.Policy {
	t.Helper()
	policy, err := password.NewPolicy(password.PolicyConfig{MinLength: minLength})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestCheckLength(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		minLength int
		password  string
		want      error
	}{
		"one below the default":                {0, "kXv9#qL", password.ErrTooShort},
		"the default":                          {0, "kXv9#qLw", nil},
		"empty":                                {0, "", password.ErrTooShort},
		"14 of 15":                             {15, "kXv9#qLwkXv9#q", password.ErrTooShort},
		"15 of 15":                             {15, "kXv9#qLwkXv9#qL", nil},
		"an emoji counts once":                 {0, strings.Repeat("😀", 7), password.ErrTooShort},
		"8 emoji":                              {0, strings.Repeat("😀", 8), nil},
		"8 letters with combined marks":        {0, strings.Repeat("e\u0301", 8), nil},
		"7 letters with combined marks":        {0, strings.Repeat("e\u0301", 7), password.ErrTooShort},
		"8 after NFC, 4 as typed":              {0, "\u0958\u0959\u095a\u095b", password.ErrTooShort},
		"Chinese":                              {0, "我的密码很长很长", nil},
		"64":                                   {0, strings.Repeat("kXv9#qLw", 8), nil},
		"64 where 64 is the least":             {64, strings.Repeat("kXv9#qLw", 8), nil},
		"128":                                  {0, strings.Repeat("kXv9#qLw", 16), nil},
		"128 of 4 bytes":                       {0, strings.Repeat("😀", 128), nil},
		"128 that NFKC makes 2304":             {0, strings.Repeat("\uFDFA", 128), nil},
		"128 after NFC, 256 before":            {0, strings.Repeat("e\u0301", 128), nil},
		"129":                                  {0, strings.Repeat("k", 129), password.ErrTooLong},
		"129 of 4 bytes":                       {0, strings.Repeat("😀", 129), password.ErrTooLong},
		"1024 bytes, 341 code points":          {0, strings.Repeat("密", 341) + "k", password.ErrTooLong},
		"113 decomposed syllables, 1017 bytes": {0, strings.Repeat("\u1100\u1161\u11a8", 113), nil},
		"114 decomposed syllables, 1026 bytes": {0, strings.Repeat("\u1100\u1161\u11a8", 114), password.ErrTooLong},
		"1025 bytes that NFC shortens":         {0, strings.Repeat("e\u0301\u0323", 205), password.ErrTooLong},
		"a megabyte":                           {0, strings.Repeat("k", 1<<20), password.ErrTooLong},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := newPolicy(t, test.minLength)
			normal, err := policy.Check(test.password)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if test.want == nil {
				if normal != norm.NFC.String(test.password) {
					t.Error("the password was changed beyond NFC")
				}
				return
			}
			var length *password.LengthError
			if !errors.As(err, &length) || length.Min != policy.MinLength() || length.Max != 128 {
				t.Errorf("got bounds %+v", length)
			}
		})
	}
}

func TestCheckRefusesWhatIsNotText(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"a byte of no character": "kXv9#qLw\xff",
		"an overlong form":       "kXv9#qLw\xc0\x80",
		"a surrogate":            "kXv9#qLw\xed\xa0\x80",
		"cut in a character":     "kXv9#qLw\xe5\xaf",
		"U+0000":                 "kXv9#qLw\x00",
		"U+0000 first":           "\x00kXv9#qLw",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := newPolicy(t, 0).Check(raw); !errors.Is(err, password.ErrInvalid) {
				t.Errorf("Check: %v", err)
			}
			if _, err := password.Normalize(raw); !errors.Is(err, password.ErrInvalid) {
				t.Errorf("Normalize: %v", err)
			}
		})
	}
}

// TestNoComposition shows that a password needs no digits, capitals or symbols.
func TestNoComposition(t *testing.T) {
	t.Parallel()
	policy := newPolicy(t, 0)
	for _, word := range []string{
		"MyPassword123", // the interface's own example
		"lowercaseonlywords", "UPPERCASEONLYWORDS", "7305918264", "a a a a a a a a",
		"        ", "\tkXv9#qLw\n", "正确马电池订书钉", "пароль-пароль", "😀😁😂🤣😃😄😅😆", "ａａａａａａａａ",
		"--------x", "password but longer", "Xpassword123", "alice is my name",
	} {
		normal, err := policy.Check(word, "alice", "my site")
		if err != nil || normal != word {
			t.Errorf("%q: got %q, %v", word, normal, err)
		}
	}
}

func TestCheckRefusesEveryCommonPassword(t *testing.T) {
	t.Parallel()
	policy := newPolicy(t, 0)
	words := password.CommonWords()
	if len(words) < 3000 {
		t.Fatalf("the list has %d entries", len(words))
	}
	for _, word := range words {
		for _, variant := range []string{word, strings.ToUpper(word)} {
			if _, err := policy.Check(variant); !errors.Is(err, password.ErrCommon) {
				t.Fatalf("%q: got %v", variant, err)
			}
		}
		for _, longer := range []string{word + "\u00a0", "\u00a0" + word, word + "\n" + word} {
			if _, err := policy.Check(longer); errors.Is(err, password.ErrCommon) {
				t.Fatalf("%q is refused for a part of it", longer)
			}
		}
	}
}

func TestCommonWordsAreWellFormed(t *testing.T) {
	t.Parallel()
	words := password.CommonWords()
	if !slices.IsSorted(words) || len(slices.Compact(slices.Clone(words))) != len(words) {
		t.Error("the list is not sorted or has duplicates")
	}
	for _, word := range words {
		printable := !strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r > '~' })
		if len(word) < password.DefaultMinLength || !printable || strings.ToLower(word) != word {
			t.Errorf("%q does not belong in the list", word)
		}
	}
}

// TestCheckFolds shows that other spellings of a common password are refused
// where case folding makes them the same, and only there.
func TestCheckFolds(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]error{
		"PassWord123":           password.ErrCommon,
		"pa\u017f\u017fword123": password.ErrCommon, // long s
		"\u212Aristina":         password.ErrCommon, // Kelvin sign
		"ｐａｓｓｗｏｒｄ１２３":           nil,                // full width stays apart under NFC
	} {
		if _, err := newPolicy(t, 0).Check(word); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", word, err, want)
		}
	}
}

func TestCheckRefusesContext(t *testing.T) {
	t.Parallel()
	context := []string{"", "Enroll Example", "zhang.wei.1987", "Ångström-Müller", "somebody.long",
		"somebody.long@example.com", "13800138000", "+8613800138000", "İstanbul-İzmir"}
	for word, want := range map[string]error{
		"enroll example":              password.ErrContext,
		"ZHANG.wei.1987":              password.ErrContext,
		"a\u030angstro\u0308m-mÜller": password.ErrContext, // decomposed
		"Somebody.Long":               password.ErrContext,
		"SOMEBODY.LONG@EXAMPLE.COM":   password.ErrContext,
		"13800138000":                 password.ErrContext,
		"+8613800138000":              password.ErrContext,
		"i\u0307stanbul-i\u0307zmir":  password.ErrContext,
		"zhang.wei.1987!":             nil,
		"my 13800138000":              nil,
		"enrollexample":               nil,
		"somebody.lon":                nil,
	} {
		if _, err := newPolicy(t, 0).Check(word, context...); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", word, err, want)
		}
	}
}

// TestNormalizeIsNFC compares 20 passwords in composed and decomposed form (N-6).
func TestNormalizeIsNFC(t *testing.T) {
	t.Parallel()
	for _, word := range []string{
		"é", "Ångström", "ñandú", "Zürich", "façade", "ǖber", "Ṩ", "ḿ", "한국어", "각각", "ば", "パスワード",
		"ώ", "й", "ё", "ệ", "ự", "ǭ", "ḗ", "ö̲ö",
	} {
		composed, decomposed := norm.NFC.String(word), norm.NFD.String(word)
		if composed == decomposed {
			t.Errorf("%q shows nothing", word)
		}
		one, err1 := password.Normalize(composed)
		other, err2 := password.Normalize(decomposed)
		if one != other || err1 != nil || err2 != nil {
			t.Errorf("%q: %q, %q, %v, %v", word, one, other, err1, err2)
		}
	}
	for _, pair := range [][2]string{{"ＡＢ１２", "AB12"}, {"ﬁ", "fi"}, {"Pass", "pass"}, {"pass ", "pass"},
		{" pass", "pass"}} {
		one, _ := password.Normalize(pair[0])
		other, _ := password.Normalize(pair[1])
		if one == other {
			t.Errorf("%q and %q became the same", pair[0], pair[1])
		}
	}
}

func TestNewPolicyBounds(t *testing.T) {
	t.Parallel()
	for minLength, ok := range map[int]bool{-1: false, 0: true, 1: false, 7: false, 8: true, 15: true, 64: true,
		65: false} {
		if _, err := password.NewPolicy(password.PolicyConfig{MinLength: minLength}); (err == nil) != ok {
			t.Errorf("%d: %v", minLength, err)
		}
	}
}

func TestErrorsHoldNoPassword(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"hunter2", "password123", "canary-canary", "canary\x00canary",
		strings.Repeat("canary", 30)} {
		_, err := newPolicy(t, 0).Check(word, "canary-canary")
		if err == nil || strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v", err)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"MyPassword123", "e\u0301", "\u1100\u1161\u11a8", "\uFDFA", "\xff", "\x00",
		"a" + strings.Repeat("\u0301", 100)} {
		f.Add(seed)
	}
	policy, err := password.NewPolicy(password.PolicyConfig{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		normal, err := password.Normalize(raw)
		checked, checkErr := policy.Check(raw, raw)
		if checkErr == nil {
			t.Fatalf("%q is accepted with itself as context: %q", raw, checked)
		}
		if err != nil {
			return
		}
		if !utf8.ValidString(normal) || utf8.RuneCountInString(normal) > password.MaxLength ||
			strings.Contains(normal, "\x00") {
			t.Fatalf("%q: out of bounds", normal)
		}
		if again, err := password.Normalize(normal); again != normal || err != nil {
			t.Fatalf("%q becomes %q: %v", normal, again, err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	policy := newPolicy(b, 0)
	for name, word := range map[string]string{"ascii": "MyPassword123", "chinese": "我的密码很长很长",
		"decomposed": strings.Repeat("e\u0301", 64)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := policy.Check(word, "Enroll", "zhangwei", "zhangwei@example.com", "zhangwei",
					"13800138000"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
