//go:build !race

// Tests of one goroutine over very many values. The race detector would find nothing in them and make them thirty
// times slower, so tools/make/test.sh runs them without it.

package identifier_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"github.com/enroll-project/enroll/internal/identifier"
)

// TestUserNameOfEveryCodePoint checks names with each code point: twice, and with
// letters of other scripts. In large uniform blocks it checks every 61st.
func TestUserNameOfEveryCodePoint(t *testing.T) {
	t.Parallel()
	accepted := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		uniform := unicode.In(r, unicode.Han, unicode.Hangul, unicode.Tangut, unicode.Co) || r > 0x323af
		if uniform && r%61 != 0 {
			continue
		}
		for _, in := range []string{"x" + string(r) + "y", "山" + string(r), string(r) + string(r)} {
			if _, err := identifier.ParseUserName(in); err == nil {
				accepted++
				checkUserName(t, in)
			}
		}
	}
	if accepted < 10_000 {
		t.Errorf("only %d names accepted: the permitted letters are missing, want at least 10_000", accepted)
	}
}

// TestPhoneAsShown shows that what is shown can be typed in and gives the same phone, in
// both styles: for each region, numbers with each beginning of two digits, as long as
// the examples of its plan. Numbers of Tajikistan may begin with 00.
func TestPhoneAsShown(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	seen := 0
	for region := range phonenumbers.GetSupportedRegions() {
		home := phoneRules(t, region)
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE} {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			significant := phonenumbers.GetNationalSignificantNumber(example)
			if len(significant) < 4 {
				continue
			}
			for i := range 100 {
				digits := []byte(fmt.Sprintf("%02d%s", i, significant[2:]))
				digits[2+random.IntN(len(digits)-2)] = byte('0' + random.IntN(10))
				phone, err := home.Parse(fmt.Sprintf("+%d%s", example.GetCountryCode(), digits))
				if err != nil {
					continue
				}
				seen++
				for _, style := range []identifier.PhoneStyle{identifier.PhoneNational, identifier.PhoneE164} {
					shown := home.Format(phone.E164, style)
					if again, err := home.Parse(shown); err != nil || again != phone {
						t.Errorf("%s: %+v is shown as %s, which is %+v, %v", region, phone, shown, again, err)
					}
				}
			}
		}
	}
	if seen < 2_500 {
		t.Errorf("only %d numbers, want at least 2_500", seen)
	}
}

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
