package identifier_test

import (
	"math/rand/v2"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
)

// TestKindsNeverMeet shows for random strings that none is valid as two kinds. Otherwise a user
// name could be another user's phone or email (BI-22 in docs/rules.md). The seed is fixed, so that
// a failure is repeatable.
func TestKindsNeverMeet(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	alphabet := []rune("00112233456788899+-._@ax٣１例")
	var names, phones, emails int
	for range 6_000 {
		in := make([]rune, 5+random.IntN(11))
		for i := range in {
			in[i] = alphabet[random.IntN(len(alphabet))]
		}
		switch random.IntN(3) { // most random strings are of no kind
		case 0:
			copy(in, []rune("+86138"))
		case 1:
			in = append(in, []rune("@x.co")...)
		}
		var kinds int
		if _, err := identifier.ParseUserName(string(in)); err == nil {
			kinds++
			names++
		}
		for _, rules := range allRegions() {
			if _, err := rules.Parse(string(in)); err == nil {
				kinds++
				phones++
				break
			}
		}
		if _, err := identifier.ParseEmail(string(in)); err == nil {
			kinds++
			emails++
		}
		if kinds > 1 {
			t.Errorf("%q is of %d kinds", string(in), kinds)
		}
		checkUserName(t, string(in))
		checkPhone(t, string(in))
		checkEmail(t, string(in))
	}
	if names < 10 || phones < 10 || emails < 10 {
		t.Errorf("%d names, %d phones, %d emails: too few to show anything", names, phones, emails)
	}
}

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
