package identifier_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"github.com/enroll-project/enroll/internal/identifier"
)

func phoneRules(tb testing.TB, region string, countries ...string) identifier.PhoneRules {
	tb.Helper()
	rules, err := identifier.NewPhoneRules(region, countries)
	if err != nil {
		tb.Fatal(err)
	}
	return rules
}

// allRegions returns rules of regions with different prefixes: 00, 011, 010, 8~10, with
// and without a trunk prefix.
var allRegions = sync.OnceValue(func() []identifier.PhoneRules {
	var all []identifier.PhoneRules
	for _, region := range []string{"CN", "US", "JP", "DE", "RU", "IT", "AR"} {
		rules, err := identifier.NewPhoneRules(region, nil)
		if err != nil {
			panic(err)
		}
		all = append(all, rules)
	}
	return all
})

// TestPhoneHasOneForm has the notations of one phone.
func TestPhoneHasOneForm(t *testing.T) {
	t.Parallel()
	rules := phoneRules(t, "CN")
	want := identifier.Phone{E164: "+8613800138000", Region: "CN"}
	for _, in := range []string{
		"13800138000", "138 0013 8000", "138-0013-8000", "138.0013.8000", "(138)00138000", "（138）0013－8000", "+8613800138000",
		"+86 138-0013-8000",
		"(+86) 138 0013 8000", "8613800138000", "008613800138000", "00 86 138 0013 8000", "１３８００１３８０００", "＋８６１３８００１３８０００",
		"١٣٨٠٠١٣٨٠٠٠", "+۸۶۱۳۸۰۰۱۳۸۰۰۰", " 13800138000 ", "138\u00a00013\u20118000", "\u202d13800138000\u202c",
		"१३८००१३८०००", "๑๓๘๐๐๑๓๘๐๐๐", "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", "tel:+8613800138000", "TEL:+86-138-0013-8000", "tel:13800138000",
		"\u200etel:\u2066+8613800138000\u2069",
		"138\u200b0013\u20608000", "\ufeff138\u20090013\u20098000", "\u061c١٣٨٠٠١٣٨٠٠٠",
	} {
		if got, err := rules.Parse(in); err != nil || got != want {
			t.Errorf("%q = %+v, %v", in, got, err)
		}
		checkPhone(t, in)
	}
}

func TestPhonesOfTheWorld(t *testing.T) {
	t.Parallel()
	rules := phoneRules(t, "CN")
	for in, want := range map[string]identifier.Phone{
		"+4915112345678":      {E164: "+4915112345678", Region: "DE"},
		"+49 (0)151 12345678": {E164: "+4915112345678", Region: "DE"},
		"+1 201-555-0123":     {E164: "+12015550123", Region: "US"},
		"+1 506 234 5678":     {E164: "+15062345678", Region: "CA"},
		"+1 876 210 1234":     {E164: "+18762101234", Region: "JM"},
		"+85251234567":        {E164: "+85251234567", Region: "HK"},
		"+85366123456":        {E164: "+85366123456", Region: "MO"},
		"+886912345678":       {E164: "+886912345678", Region: "TW"},
		"+393123456789":       {E164: "+393123456789", Region: "IT"},
		"0086 17012345678":    {E164: "+8617012345678", Region: "CN"}, // a virtual operator
	} {
		if got, err := rules.Parse(in); err != nil || got != want {
			t.Errorf("%q = %+v, %v; want %+v", in, got, err, want)
		}
	}
}

// TestLongestPhoneInput: 32 characters are read, blanks included, and no more.
func TestLongestPhoneInput(t *testing.T) {
	t.Parallel()
	rules, blanks := phoneRules(t, "CN"), strings.Repeat(" ", 18)
	if got, err := rules.Parse("+86" + blanks + "13800138000"); err != nil || got.E164 != "+8613800138000" {
		t.Errorf("32 characters: %+v, %v", got, err)
	}
	if got, err := rules.Parse("+86" + blanks + " 13800138000"); !errors.Is(err, identifier.ErrPhoneInvalid) {
		t.Errorf("33 characters: %+v, %v", got, err)
	}
}

// TestPhoneInternationalPrefix shows that 00 is an international prefix in all regions,
// besides the region's own.
func TestPhoneInternationalPrefix(t *testing.T) {
	t.Parallel()
	for in, region := range map[string]string{
		"008613800138000": "US", "0118613800138000": "US", "0108613800138000": "JP", "8108613800138000": "RU",
	} {
		if got, err := phoneRules(t, region).Parse(in); err != nil || got.E164 != "+8613800138000" {
			t.Errorf("%s in %s = %+v, %v", in, region, got, err)
		}
	}
}

// TestPhonesRefused has the phones of the corpus of bad input (BI-25 in docs/rules.md), and more.
func TestPhonesRefused(t *testing.T) {
	t.Parallel()
	rules := phoneRules(t, "CN")
	invalid, notMobile := identifier.ErrPhoneInvalid, identifier.ErrPhoneNotMobile
	for in, want := range map[string]error{
		"": invalid, "+": invalid, "+0": invalid, "+0123456789": invalid, "110": invalid, "138": invalid,
		"1380013800": invalid, "138001380000": invalid,
		"1234567890123456": invalid, "+8612345678901234": invalid, "12000138000": invalid, "--": invalid, "+86": invalid,
		"00": invalid, "0086": invalid,
		"+86+13800138000": invalid, "138+00138000": invalid, "++8613800138000": invalid,
		"abc13800138000xyz": invalid, "13800138000x1": invalid, "13800138000 ext. 5": invalid, "13800138000#5": invalid,
		"13800138000;ext=5": invalid,
		"+1 201 FLOWERS":    invalid, "tel:+8613800138000;ext=5": invalid, "13800138000,13900139000": invalid,
		"tel:": invalid, "tel:tel:13800138000": invalid, "13800138000 tel:": invalid, "sms:13800138000": invalid,
		"13800138000/1": invalid,
		"13800138000\n": invalid, "138\r\n00138000": invalid, "13800138000\x00": invalid, "\t13800138000": invalid,
		"१३८००१३८००": invalid, "①③⑧00138000": invalid, "一三八00138000": invalid,
		"１３８\xff": invalid, strings.Repeat(" ", 33) + "13800138000": invalid, strings.Repeat("1", 10<<10): invalid,
		"user@example.com": invalid,
		"admin":            invalid, "+999123456789": invalid, "+37812": invalid,

		"010-62345678": notMobile, "+86 10 6234 5678": notMobile, "4008123456": notMobile, "8008101234": notMobile,
		"+862161234567": notMobile,
		"+19002345678":  notMobile, "+18002345678": notMobile, "+449098790123": notMobile, "+448431234567": notMobile,
		"+447012345678": notMobile,
		"+445612345678": notMobile, "+447640123456": notMobile, "+445512345678": notMobile, "+498001234567": notMobile,
		"+499001234567": notMobile,
		"+80012345678":  notMobile, "+80812345678": notMobile, "+870773111632": notMobile, "+8816123456780"[:13]: notMobile,
		"+882161234567": notMobile,
		"+883510012345": notMobile, "+878101234567890": notMobile, "+979123456789": notMobile, "+888": invalid,
	} {
		if got, err := rules.Parse(in); !errors.Is(err, want) || got != (identifier.Phone{}) {
			t.Errorf("%q = %+v, %v; want %v", in, got, err, want)
		}
	}
}

func TestPhoneCountries(t *testing.T) {
	t.Parallel()
	rules := phoneRules(t, "CN", "CN", "CA")
	for in, want := range map[string]error{
		"13800138000": nil, "+15062345678": nil,
		"+12015550123": identifier.ErrPhoneCountry, "+18762101234": identifier.ErrPhoneCountry, // +1 too, but not Canada
		"+4915112345678": identifier.ErrPhoneCountry, "+85251234567": identifier.ErrPhoneCountry,
		"+881612345678": identifier.ErrPhoneNotMobile, "62345678": identifier.ErrPhoneInvalid,
	} {
		if _, err := rules.Parse(in); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
	for _, bad := range [][]string{{"cn"}, {"XX"}, {""}, {"001"}, {"CN", "EU"}, {"CN", " US"}} {
		if _, err := identifier.NewPhoneRules(bad[0], bad[1:]); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
	var zero identifier.PhoneRules
	if _, err := zero.Parse("+8613800138000"); !errors.Is(err, identifier.ErrPhoneInvalid) {
		t.Errorf("zero rules: %v", err)
	}
}

func TestPhoneFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		region, e164 string
		style        identifier.PhoneStyle
		want         string
	}{
		{"CN", "+8613800138000", identifier.PhoneNational, "13800138000"},
		{"CN", "+8613800138000", identifier.PhoneE164, "+8613800138000"},
		{"CN", "+4915112345678", identifier.PhoneNational, "+4915112345678"},
		{"DE", "+4915112345678", identifier.PhoneNational, "015112345678"},
		{"US", "+12015550123", identifier.PhoneNational, "2015550123"},
		{"US", "+15062345678", identifier.PhoneNational, "+15062345678"}, // Canada
		{"CN", "", identifier.PhoneNational, ""},
		{"CN", "+86", identifier.PhoneNational, "+86"},
	} {
		if got := phoneRules(t, tt.region).Format(tt.e164, tt.style); got != tt.want {
			t.Errorf("%s in %s, %s = %q, want %q", tt.e164, tt.region, tt.style, got, tt.want)
		}
	}
}

// TestPhoneOfEveryRegion: for the library's example of a mobile number of each region that has one, the E.164 form is
// its own canonical form, RegionOf agrees with Parse, and the national form is the same phone.
func TestPhoneOfEveryRegion(t *testing.T) {
	t.Parallel()
	abroad := phoneRules(t, "CN")
	regions := slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions()))
	if len(regions) < 240 {
		t.Fatalf("%d regions, want at least 240", len(regions))
	}
	for _, region := range regions {
		example := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
		if example == nil {
			continue
		}
		e164 := phonenumbers.Format(example, phonenumbers.E164)
		if region == "GA" { // the library's example has the form before 2019
			e164 = identifier.CurrentPhone(e164)
		}
		phone, err := abroad.Parse(e164)
		if err != nil || phone.E164 != e164 {
			t.Errorf("%s: %+v, %v", region, phone, err)
			continue
		}
		if got := identifier.RegionOf(e164); got != phone.Region {
			t.Errorf("%s is of %q, want %q", e164, got, phone.Region)
		}
		home := phoneRules(t, region, region) // accepts the number although it may be one of a larger neighbor, too
		national := home.Format(e164, identifier.PhoneNational)
		if again, err := home.Parse(national); err != nil || again != phone || strings.HasPrefix(national, "+") {
			t.Errorf("%s: at home %s is %+v, %v; abroad %+v", region, national, again, err, phone)
		}
	}
}

func checkPhone(t *testing.T, in string) {
	t.Helper()
	for _, rules := range allRegions() {
		phone, err := rules.Parse(in)
		if err != nil {
			continue
		}
		if utf8.RuneCountInString(in) > identifier.MaxPhoneInput {
			t.Fatalf("%q: too long", in)
		}
		digits, ok := strings.CutPrefix(phone.E164, "+")
		if !ok || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
			t.Fatalf("%q: E.164 %q", in, phone.E164)
		}
		if len(phone.Region) != 2 {
			t.Fatalf("%q: %+v", in, phone)
		}
		for _, other := range allRegions() {
			if again, err := other.Parse(phone.E164); err != nil || again != phone {
				t.Fatalf("%q: %+v, then %+v, %v", in, phone, again, err)
			}
		}
		shown := rules.Format(phone.E164, identifier.PhoneNational)
		if again, err := rules.Parse(shown); err != nil || again != phone {
			t.Fatalf("%q: %+v, as it is shown %+v, %v", in, phone, again, err)
		}
		for _, form := range []string{in, phone.E164, shown} {
			if kind := identifier.KindOf(form); kind != identifier.KindPhone {
				t.Fatalf("%q: form %q is of kind %d", in, form, kind)
			}
			if _, err := identifier.ParseUserName(form); err == nil {
				t.Fatalf("%q is a user name", form)
			}
		}
	}
}

func FuzzPhone(f *testing.F) {
	for _, seed := range []string{
		"13800138000", "+86 138-0013-8000", "008613800138000", "+4915112345678", "+1 (201) 555-0123", "+52 1 55 1234 5678",
		"+5491123456789", "+39 312 345 6789", "٠٠٨٦", "+881612345678", "0", "+",
	} {
		f.Add(seed)
	}
	f.Fuzz(checkPhone)
}

func BenchmarkPhone(b *testing.B) {
	rules := phoneRules(b, "CN")
	for _, in := range []string{"13800138000", "+86 138-0013-8000", "+12015550123"} {
		b.Run(in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rules.Parse(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Format", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rules.Format("+8613800138000", identifier.PhoneNational)
		}
	})
}
