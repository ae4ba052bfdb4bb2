package identifier_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/enroll-project/enroll/internal/identifier"
)

func TestUserNamesThatPeopleHave(t *testing.T) {
	t.Parallel()
	syllables := strings.Repeat("각", 28) // each of nine bytes in NFD
	for _, tt := range []struct{ in, display, key string }{
		{"newuser", "newuser", "newuser"}, // the interface's own example
		{"Alice", "Alice", "alice"},
		{"ａｌｉｃｅ", "alice", "alice"},
		{"ab", "ab", "ab"},
		{strings.Repeat("a", 32), strings.Repeat("a", 32), strings.Repeat("a", 32)},
		{"张三", "张三", "张三"},
		{"新用户", "新用户", "新用户"},
		{"张三2008", "张三2008", "张三2008"},
		{"李Alice", "李Alice", "李alice"},
		{"二〇〇八", "二〇〇八", "二〇〇八"},
		{"𠮷野家", "𠮷野家", "𠮷野家"},
		{strings.Repeat("龘", 32), strings.Repeat("龘", 32), strings.Repeat("龘", 32)},
		{"佐々木ユーザー", "佐々木ユーザー", "佐々木ユーザー"},
		{"ﾕｰｻﾞｰ名", "ユーザー名", "ユーザー名"},
		{"Hello世界かな", "Hello世界かな", "hello世界かな"},
		{"홍길동Kim金", "홍길동Kim金", "홍길동kim金"},
		{"ㄅㄆ注音abc", "ㄅㄆ注音abc", "ㄅㄆ注音abc"},
		{"Иван_Петров", "Иван_Петров", "иван_петров"},
		{"Ελένη", "Ελένη", "ελένη"},
		{"Nguyễn.Văn-A1", "Nguyễn.Văn-A1", "nguyễn.văn-a1"},
		{"e\u0301lodie", "élodie", "élodie"},
		{"محمد", "محمد", "محمد"},
		{"महेश", "महेश", "महेश"},
		{"สมชาย", "สมชาย", "สมชาย"},
		{"བསྒྲུབས", "བསྒྲུབས", "བསྒྲུབས"},
		{"ꆈꌠ", "ꆈꌠ", "ꆈꌠ"},
		{"ᠮᠣᠩᠭᠣᠯ", "ᠮᠣᠩᠭᠣᠯ", "ᠮᠣᠩᠭᠣᠯ"},
		{"a_b.c-d", "a_b.c-d", "a_b.c-d"},
		{"a\u0323\u0324\u0325\u032db", "\u1ea1\u0324\u0325\u032db", "\u1ea1\u0324\u0325\u032db"}, // four marks
		{strings.Repeat("\u1100\u1161\u11a8", 28) + "abcd", syllables + "abcd", syllables + "abcd"},
		{"1st", "1st", "1st"},
		{"user10", "user10", "user10"},
		{"modern", "modern", "modern"},
	} {
		got, err := identifier.ParseUserName(tt.in)
		if err != nil || got.Display != tt.display || got.Key != tt.key {
			t.Errorf("%q = %+q, %v; want display %+q, key %+q", tt.in, got, err, tt.display, tt.key)
		}
		checkUserName(t, tt.in)
	}
}

func TestUserNamesRefused(t *testing.T) {
	t.Parallel()
	tooShort, tooLong, character := identifier.ErrUserNameTooShort, identifier.ErrUserNameTooLong,
		identifier.ErrUserNameCharacter
	mixed, digits := identifier.ErrUserNameMixedScripts, identifier.ErrUserNameAllDigits
	for in, want := range map[string]error{
		"": tooShort, "a": tooShort, "李": tooShort, "e\u0301": tooShort, "i\u0307": tooShort,
		strings.Repeat("a", 33): tooLong, strings.Repeat("李", 33): tooLong,
		strings.Repeat("a", 10<<10): tooLong, "a" + strings.Repeat("\u0301", 200): tooLong, // BI-18, BI-19
		strings.Repeat("\ufdfa", 128):                          tooLong, // NFKC would make it 18 times longer
		strings.Repeat("\u1100\u1161\u11a8", 28) + "e\u0301ab": tooLong, // 257 bytes, 31 characters

		// Phones and emails (BI-22 in docs/rules.md, as the other numbers here).
		"13800138000": digits, "138-0013-8000": digits, "1.2": digits, "١٣٨٠٠١٣٨٠٠٠": digits, "１３８００１３８０００": digits,
		"१२३":            digits,
		"+8613800138000": character, "user@example.com": character, "user＠example.com": character, "＋86138": character,

		// Shape.
		"_a1": character, "a1_": character, ".abc": character, "abc.": character, "-abc": character, "...": character,
		"a..b": character, "a_-b": character, "a__b": character, " alice": character, "alice ": character,
		"al ice":   character,
		"a\u3000b": character, "a/b": character, "a'b": character, "a<b>": character, "a;--": character, "${x}": character,
		"a,b":  character,
		"=cmd": character, "a\r\nb": character, "a\x00b": character, "a\x7fb": character, "ab\u0085": character,
		"a·b": character,

		// BI-04, BI-19: invalid UTF-8, invisible characters, many marks.
		"ab\xff": character, "ab\xc0\x80": character, "ab\xed\xa0\x80": character,
		"ab\u202e": character, "ab\u202d": character, "a\u200db": character, "a\u200bb": character, "a\u200cb": character,
		"a\u00adb": character, "\u3164\u3164": character, "\u115fab": character, "ab\U000e0041": character,
		"\ufeffab": character,
		"ab\ufe0f": character, "a\u034fb": character, "ab\ue000": character, "ab\uffff": character, "ab\ufffd": character,
		"a\u0332b": character, "q\u0301\u0301b": character, "a\u0323\u0324\u0325\u032d\u032eb": character,
		"\u0301ab": character, "a_\u0301b": character,
		"a1\u0338b": character, "ʼʼ": character, "ーー": character, "😀😀": character, "①②": character,

		// Compatibility forms, which another system could fold to another name.
		"ﬁsh": character, "Ⅳab": character, "𝐚𝐛": character, "ſam": character, "a²": character,

		// BI-21: one script.
		"аlice": mixed, "аdmin": mixed, "pаypal": mixed, "αlpha": mixed, "李Иван": mixed, "かなhan글": mixed, "ㄅかな": mixed,
		"한글かな": mixed, "बob": mixed, "ꆈabc": mixed, "abcمحمد": mixed, "१a1ब": mixed, "ब1१": mixed, "1محمد": mixed,
	} {
		if got, err := identifier.ParseUserName(in); !errors.Is(err, want) || got != (identifier.UserName{}) {
			t.Errorf("%+q = %+q, %v; want %v", in, got, err, want)
		}
	}
}

// TestUserNameCase has letters with unusual case mappings (BI-20 in docs/rules.md).
func TestUserNameCase(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b           string
		key, lookalike bool // whether Keys and Skeletons are equal
	}{
		{"İstanbul", "istanbul", true, true},
		{"ISTANBUL", "istanbul", true, true},
		{"i\u0307stanbul", "istanbul", true, true},
		{"ıstanbul", "istanbul", false, true}, // another Key, but no two users get both
		{"ị\u0307stanbul", "ịstanbul", false, true},
		{"straße", "STRAẞE", true, false},
		{"straße", "strasse", false, false},
		{"ΟΔΥΣΣΕΥΣ", "οδυσσευς", true, false},
		{"οδυσσευς", "οδυσσευσ", true, false},
		{"\u212aelvin", "kelvin", true, true},
		{"\u212bngström", "ångström", true, true},
		{"Ǆungla", "ǆungla", false, false}, // both refused
	} {
		a, errA := identifier.ParseUserName(tt.a)
		b, errB := identifier.ParseUserName(tt.b)
		if (errA == nil) != (errB == nil) {
			t.Errorf("%q: %v, but %q: %v", tt.a, errA, tt.b, errB)
		}
		if errA != nil {
			continue
		}
		if (a.Key == b.Key) != tt.key {
			t.Errorf("Keys %+q and %+q: want equal %t", a.Key, b.Key, tt.key)
		}
		if tt.lookalike && a.Skeleton != b.Skeleton {
			t.Errorf("Skeletons %+q and %+q differ", a.Skeleton, b.Skeleton)
		}
	}
}

// checkUserName checks the properties that hold for every input.
func checkUserName(t *testing.T, in string) {
	t.Helper()
	name, err := identifier.ParseUserName(in)
	if err != nil {
		if name != (identifier.UserName{}) {
			t.Fatalf("%+q: refused, with %+q", in, name)
		}
		return
	}
	for _, form := range []string{in, name.Display, name.Key} {
		if kind := identifier.KindOf(form); kind != identifier.KindUserName {
			t.Fatalf("%+q: form %+q is of kind %d", in, form, kind)
		}
	}
	for _, form := range []string{name.Display, name.Key, name.Skeleton} {
		if !utf8.ValidString(form) || strings.ContainsFunc(form, unicode.IsControl) || form == "" {
			t.Fatalf("%+q: form %+q", in, form)
		}
	}
	for _, form := range []string{name.Display, name.Key} {
		if n := utf8.RuneCountInString(form); n < identifier.MinUserName || n > identifier.MaxUserName || len(form) > 128 {
			t.Fatalf("%+q: form %+q has %d code points, %d bytes", in, form, n, len(form))
		}
	}
	if len(name.Skeleton) > identifier.MaxSkeleton {
		t.Fatalf("%+q: a skeleton of %d bytes", in, len(name.Skeleton))
	}
	if again, err := identifier.ParseUserName(name.Display); err != nil || again != name {
		t.Fatalf("%+q: display %+q is read as %+q, %v", in, name.Display, again, err)
	}
	if again, err := identifier.ParseUserName(name.Key); err != nil || again.Key != name.Key || again.Display != name.Key {
		t.Fatalf("%+q: key %+q is read as %+q, %v", in, name.Key, again, err)
	}
	if upper := strings.ToUpper(name.Key); isPlainASCII(name.Key) {
		if other, err := identifier.ParseUserName(upper); err != nil || other.Key != name.Key {
			t.Fatalf("%+q: key %+q, in capitals %+q, %v", in, name.Key, other.Key, err)
		}
	}
	if strings.ContainsAny(name.Key, "@+") {
		t.Fatalf("%+q: key %+q", in, name.Key)
	}
	if _, err := identifier.ParseEmail(name.Key); err == nil {
		t.Fatalf("key %+q is an email", name.Key)
	}
	for _, rules := range allRegions() {
		if _, err := rules.Parse(name.Key); err == nil {
			t.Fatalf("key %+q is a phone", name.Key)
		}
		if _, err := rules.Parse(name.Display); err == nil {
			t.Fatalf("display %+q is a phone", name.Display)
		}
	}
}

func isPlainASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// TestUserNameOfTroublesomeParts checks random combinations of characters that have
// special cases. The seed is fixed, so that a failure is repeatable.
func TestUserNameOfTroublesomeParts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		checkUserName(t, troublesome(random))
	}
}

func troublesome(random *rand.Rand) string {
	parts := []string{"a", "I", "i", "J", "0", "1", "8", "rn", "İ", "ı", "ß", "ẞ", "Σ", "ς", "σ", "ſ", "\u212a", "é",
		"\u0301", "\u0307", "\u0323", "\u0345",
		"а", "Ԛ", "А", "І", "β", "ᾳ", "ᾼ", "李", "〇", "ー", "ｱ", "ﾞ", "か", "\u3099", "글", "ᄀ", "ᅡ", "ㄅ", "ا", "ل", "ى",
		"\u064b", "١", "۱", "א", "क", "\u094d",
		"\u200d", "\u200c", "ำ", "ํ", "้", "า", "և", "·", "l", "র", "্", "ක", "්",
		"׳", "״", "ང", "་", "༌", "・",
		"_", ".", "-", "@", "+", " ", "A", "Ｚ", "１", "\u0130\u0301", "ǆ", "ŉ", "ﬁ"}
	var b strings.Builder
	for range 1 + random.IntN(8) {
		b.WriteString(parts[random.IntN(len(parts))])
	}
	return b.String()
}

func FuzzUserName(f *testing.F) {
	for _, seed := range []string{
		"newuser", "Alice", "张三2008", "李Alice", "İstanbul", "οδυσσευς", "ﾕｰｻﾞｰ", "adm1n", "a\u0301\u0323", "138-0013-8000",
		"a\x00", "\xff", "раураӏ",
	} {
		f.Add(seed)
	}
	f.Fuzz(checkUserName)
}

func BenchmarkUserName(b *testing.B) {
	for _, in := range []string{"newuser", "Alice_2008", "张三2008", "Иван_Петров"} {
		b.Run(in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := identifier.ParseUserName(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
