package identifier_test

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
)

func mustUserName(t *testing.T, s string) identifier.UserName {
	t.Helper()
	name, err := identifier.ParseUserName(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return name
}

// TestNamesThatLookAlike shows that names that look alike have the same Skeleton, so that only one
// of them can be registered (BI-20 and BI-21 in docs/rules.md).
func TestNamesThatLookAlike(t *testing.T) {
	t.Parallel()
	for _, tt := range [][2]string{
		{"раура", "paypa"}, // Cyrillic, whole
		{"ѕсоре", "scope"},
		{"аррӏе", "apple"},
		{"РАУРАӀ", "paypal"},
		{"ВОВА", "BOBA"},   // in capitals only
		{"ВОВА", "boba"},   // and with a Latin name in lower case
		{"ІСЕ", "ICE"},     // a capital look-alike of I, not of l
		{"ΝΟΤΕ", "note"},   // Greek
		{"оо", "οο"},       // Cyrillic and Greek
		{"ᎪᏢᏢᏞᎬ", "apple"}, // Cherokee, which has few words that look so
		{"ꭺꮲꮲꮮꭼ", "apple"}, // in small letters
		{"ᑭᑌᑲ", "pub"},     // Canadian syllabics
		{"ⵔⵏⵏⵔ", "ollo"},   // Tifinagh
		{"ǁama", "llama"},
		{"adm\u0131r", "admir"},
		{"j\u0307an", "jan"},
		{"æther", "aether"},
		{"ķim", "k\u0326im"}, // cedilla and comma below
		{"ロ一", "口ー"},         // Katakana and Han
	} {
		a, b := mustUserName(t, tt[0]), mustUserName(t, tt[1])
		if a.Skeleton != b.Skeleton {
			t.Errorf("%q and %q look alike, skeletons %+q and %+q", tt[0], tt[1], a.Skeleton, b.Skeleton)
		}
	}
}

func TestNamesThatAnyoneCanTellApart(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"modern", "modem"}, {"user10", "userlo", "userl0", "user1o", "useri0"}, {"ian", "lan"}, {"vv1", "w1"},
		{"a.b", "a_b", "a-b", "ab"},
		{"вова", "boba"}, {"jose", "josé"}, {"straße", "strasse"}, {"张三", "張三"}, {"がん", "かん"},
	} {
		seen := make(map[string]string)
		for _, s := range names {
			name := mustUserName(t, s)
			if other, ok := seen[name.Skeleton]; ok {
				t.Errorf("%q and %q have the same skeleton", s, other)
			}
			seen[name.Skeleton] = s
		}
	}
}

// TestSkeletonOfASCII shows that the skeleton of an ASCII name is its Key, so that no
// ASCII name excludes another.
func TestSkeletonOfASCII(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"newuser", "Alice", "O0o_1Il", "rn-m.vv"} {
		if name := mustUserName(t, s); name.Skeleton != name.Key || name.Key != strings.ToLower(s) {
			t.Errorf("%q: key %q, skeleton %q", s, name.Key, name.Skeleton)
		}
	}
}
