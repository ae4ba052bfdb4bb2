package identifier_test

import (
	"errors"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/enroll-project/enroll/internal/identifier"
)

// TestPhonesThatWereRenumbered has pairs of forms in which one phone is written.
func TestPhonesThatWereRenumbered(t *testing.T) {
	t.Parallel()
	rules := allRegions()[0]
	for old, now := range map[string]string{
		"+52 1 55 1234 5678": "+525512345678", "+54 11 4321-0987": "+5491143210987", "+55 11 8765-4321": "+5511987654321",
		"+225 07 12 34 56": "+2250707123456", "+225 45 12 34 56": "+2250545123456", "+225 02 12 34 56": "+2250102123456",
		"+229 97 12 34 56": "+2290197123456", "+241 06 12 34 56": "+24166123456", "+241 07 12 34 56": "+24177123456",
		"+84 120 123 4567": "+84701234567", "+84 121 123 4567": "+84791234567", "+84 122 123 4567": "+84771234567",
		"+84 123 123 4567": "+84831234567", "+84 125 123 4567": "+84851234567", "+84 126 123 4567": "+84761234567",
		"+84 127 123 4567": "+84811234567", "+84 129 123 4567": "+84821234567", "+84 168 123 4567": "+84381234567",
		"+84 186 123 4567": "+84561234567", "+84 199 123 4567": "+84591234567",
		"+44 (0)7911 123456": "+447911123456",
	} {
		for _, typed := range []string{old, now} {
			if got, err := rules.Parse(typed); err != nil || got.E164 != now {
				t.Errorf("%q is %+v, %v; want %s", typed, got, err, now)
			}
			if got, ok := rules.Login(typed); !ok || got != now {
				t.Errorf("%q logs in as %q, %t", typed, got, ok)
			}
			if got := identifier.CurrentPhone(now); got != now {
				t.Errorf("%s is no longer itself: %s", now, got)
			}
		}
	}
	for _, kept := range []string{"+551178123456", "+5511987654321", "+525512345678", "+8613800138000"} {
		if got := identifier.CurrentPhone(kept); got != kept {
			t.Errorf("%s became %s", kept, got)
		}
	}
	if got := identifier.CurrentPhone("+22997123456"); got != "+2290197123456" {
		t.Errorf("a stored number of Benin became %s", got)
	}
}

// TestPhonesOfAnotherKind: an operator can also name a range that the metadata has as another
// kind than mobile.
func TestPhonesOfAnotherKind(t *testing.T) {
	t.Parallel()
	rules := phoneRules(t, "GB", "GB")
	const personal = "+447012345678"
	if _, err := rules.Parse(personal); !errors.Is(err, identifier.ErrPhoneNotMobile) {
		t.Errorf("without the prefix: %v", err)
	}
	rules, err := rules.Also([]string{"+4470"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rules.Parse(personal); err != nil || got.E164 != personal {
		t.Errorf("with the prefix: %+v, %v", got, err)
	}
}

// TestPhonesNewerThanTheMetadata: an operator names ranges that are newer than the
// metadata of the library.
func TestPhonesNewerThanTheMetadata(t *testing.T) {
	t.Parallel()
	rules, err := identifier.NewPhoneRules("CN", []string{"CN"})
	if err != nil {
		t.Fatal(err)
	}
	const newer = "14911030512"
	if got, err := rules.Parse(newer); err == nil {
		t.Skipf("the metadata has learned the range: %+v", got)
	}
	also, err := rules.Also([]string{"+86149", "+4915999"})
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{newer, "+86 149 1103 0512", "00861491103 0512"} {
		got, err := also.Parse(typed)
		if err != nil || got != (identifier.Phone{E164: "+8614911030512", Region: "CN"}) {
			t.Errorf("%q: %+v, %v", typed, got, err)
		}
	}
	if got := identifier.RegionOf("+8614911030512"); got != "CN" {
		t.Errorf("of %q", got)
	}
	if got := identifier.RegionOf("holder@example.com"); got != "" {
		t.Errorf("no phone is of %q", got)
	}
	if got := also.Format("+8614911030512", identifier.PhoneNational); got != newer {
		t.Errorf("shown as %s", got)
	}
	for _, typed := range []string{"149110305", "149110305121314", "14811030512", "+4915999123456", "+86149"} {
		if got, err := also.Parse(typed); err == nil {
			t.Errorf("%q is accepted: %+v", typed, got)
		}
	}
	for _, prefix := range []string{"86149", "+", "+86", "+0149", "+86 149", "+8614911030512000", "abc", "", "+999"} {
		if _, err := rules.Also([]string{prefix}); err == nil {
			t.Errorf("the prefix %q is accepted", prefix)
		}
	}
}

// TestPhoneLoginIsTotal: each phone that may register logs in by the same form, and a number
// that has left the numbering plan logs in by its last form.
func TestPhoneLoginIsTotal(t *testing.T) {
	t.Parallel()
	rules, err := identifier.NewPhoneRules("CN", []string{"CN"})
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]string{
		"13800138000": "+8613800138000", "+4915112345678": "+4915112345678", // of a country that is no longer served
		"14911030512": "+8614911030512", "+8610 1234 5678": "+861012345678", "+1 900 555 0123": "+19005550123",
	} {
		if got, ok := rules.Login(typed); !ok || got != want {
			t.Errorf("%q logs in as %q, %t; want %s", typed, got, ok, want)
		}
	}
	for _, typed := range []string{"", "+", "abc", "1", "+86", "13800138000a", "+99999999999999999999"} {
		if got, ok := rules.Login(typed); ok {
			t.Errorf("%q logs in as %q", typed, got)
		}
	}
}

// TestHeldPhonesOfAllRegions: where only China is served, the example of a mobile number of each region may be a
// user's. A number that is shorter than mobile numbers of China may not.
func TestHeldPhonesOfAllRegions(t *testing.T) {
	t.Parallel()
	rules, err := identifier.NewPhoneRules("CN", []string{"CN"})
	if err != nil {
		t.Fatal(err)
	}
	for region := range phonenumbers.GetSupportedRegions() {
		number := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
		if number == nil {
			continue
		}
		e164 := phonenumbers.Format(number, phonenumbers.E164)
		if held, ok := rules.Held(e164); !ok || held.E164 != identifier.CurrentPhone(e164) {
			t.Errorf("%s of %s: %+v, %t", e164, region, held, ok)
		}
	}
	if held, ok := rules.Held("1380013800"); ok {
		t.Errorf("%+v", held)
	}
}
