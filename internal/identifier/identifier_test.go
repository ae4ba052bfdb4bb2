package identifier_test

import (
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
)

// TestKindOf: KindOf returns the kind whose parser accepts the text. The other tests of this package check that
// for each identifier that they accept.
func TestKindOf(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]identifier.Kind{
		"tel:+86-138-0013-8000": identifier.KindPhone, "\u202aTEL:13800138000\u202c": identifier.KindPhone,
		"\u2066١٣٨٠٠١٣٨٠٠٠\u2069": identifier.KindPhone, "+86\u200b13800138000": identifier.KindPhone,
		"telephone": identifier.KindUserName, "tel.8613800138000": identifier.KindUserName, "〇8": identifier.KindUserName,
		"tel:alice": identifier.KindUserName, "tel:1@example.com": identifier.KindEmail, "": identifier.KindPhone,
	} {
		if got := identifier.KindOf(in); got != want {
			t.Errorf("%+q is of kind %d, want %d", in, got, want)
		}
	}
}

// BenchmarkAll parses the three identifiers of one registration.
func BenchmarkAll(b *testing.B) {
	rules := phoneRules(b, "CN")
	b.ReportAllocs()
	for b.Loop() {
		_, err1 := identifier.ParseUserName("张三2008")
		_, err2 := rules.Parse("138-0013-8000")
		_, err3 := identifier.ParseEmail("New.User@Example.com")
		if err1 != nil || err2 != nil || err3 != nil {
			b.Fatal(err1, err2, err3)
		}
	}
}
