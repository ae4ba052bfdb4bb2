package identifier

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"github.com/enroll-project/enroll/internal/digit"
)

// MaxPhoneInput bounds a phone as it is typed, in code points: at most 15 digits
// (E.164) with a prefix and punctuation.
const MaxPhoneInput = 32

// Errors of [PhoneRules.Parse].
var (
	ErrPhoneInvalid   = errors.New("phone: not a phone number")
	ErrPhoneNotMobile = errors.New("phone: not a mobile number")
	ErrPhoneCountry   = errors.New("phone: a country that is not served")
)

// Phone is a mobile number by the numbering plan of its region, or begins with a prefix that the
// operator has added (Also). Whether it is in service is not checked: a code that is sent to it shows that.
type Phone struct {
	// E164 is the canonical form, unique per site: `+`, then 7 to 15 digits.
	E164 string
	// Region is the ISO 3166-1 code of the region that the number belongs to, the
	// largest one if there are several. Regions that share a calling code, such as
	// +1, have their own ranges of numbers.
	Region string
}

// PhoneStyle is the format in which a stored phone is shown.
type PhoneStyle string

const (
	// PhoneNational shows numbers of the default region as they are dialed there
	// (13800138000) and all others in E.164.
	PhoneNational PhoneStyle = "national"
	// PhoneE164 shows every number in E.164 (+8613800138000).
	PhoneE164 PhoneStyle = "e164"
)

// PhoneRules parses and formats phones for a default region and a list of accepted
// regions. It does not change after NewPhoneRules and is safe for concurrent use.
// The zero value refuses every phone.
type PhoneRules struct {
	region    string
	prefix    string // the calling code of region, with its `+`
	countries []string
	also      []string // prefixes in E.164, see Also
}

// NewPhoneRules returns rules by which a number without `+` or `00` is a national
// number of defaultRegion. Numbers of the regions in countries are accepted, those
// of all regions if the list is empty. Regions are ISO 3166-1 codes in capitals,
// such as CN. An unknown region is an error.
func NewPhoneRules(defaultRegion string, countries []string) (PhoneRules, error) {
	known := phonenumbers.GetSupportedRegions()
	for _, region := range append([]string{defaultRegion}, countries...) {
		if !known[region] {
			return PhoneRules{},
				fmt.Errorf("%q is no region with phones: want an ISO 3166-1 code in capitals, such as CN", region)
		}
	}
	return PhoneRules{
		region:    defaultRegion,
		prefix:    "+" + strconv.Itoa(phonenumbers.GetCountryCodeForRegion(defaultRegion)),
		countries: slices.Clone(countries),
	}, nil
}

// Parse parses a phone as people write it: a national number of the default region,
// or an international one after `+` or `00`, with spaces, hyphens, dots, parentheses
// and invisible marks, in the digits of any script, also as a `tel:` link. An old form
// of a renumbered phone gives today's form. It returns
//
//   - ErrPhoneInvalid for letters, an extension, or a number that is not in the
//     numbering plan of its region;
//   - ErrPhoneCountry for a region that is not accepted;
//   - ErrPhoneNotMobile for a number that cannot receive SMS or is charged at a
//     higher rate: fixed, toll-free, premium, shared cost, personal, VoIP, pager,
//     UAN and voicemail numbers, and those of no region (satellites, +881 to +883,
//     and other global services).
func (p PhoneRules) Parse(s string) (Phone, error) {
	typed, ok := dialed(s)
	if !ok || p.region == "" {
		return Phone{}, ErrPhoneInvalid
	}
	number, err := phonenumbers.Parse(typed, p.region)
	if err != nil {
		return Phone{}, ErrPhoneInvalid // the library's error is dropped: it may quote the number
	}
	number = current(number) // check: phone-current
	region := phonenumbers.GetRegionCodeForNumber(number)
	kind := phonenumbers.GetNumberType(number)
	if !isMobile(kind) && p.isAlso(number) {
		region, kind = phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode())), phonenumbers.MOBILE
	}
	switch {
	case region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY: // check: phone-satellite
		return Phone{}, ErrPhoneNotMobile
	case region == "" || kind == phonenumbers.UNKNOWN:
		return Phone{}, ErrPhoneInvalid
	case len(p.countries) > 0 && // check: phone-country
		!slices.ContainsFunc(p.countries, func(served string) bool { return belongs(number, region, served) }):
		return Phone{}, ErrPhoneCountry
	case !isMobile(kind): // check: phone-kinds
		return Phone{}, ErrPhoneNotMobile
	}
	return Phone{E164: phonenumbers.Format(number, phonenumbers.E164), Region: region}, nil
}

// RegionOf returns the region of a stored phone in E.164, or "" if the text is not a phone. If the metadata do not
// have the number as a mobile number (see [PhoneRules.Also]), it returns the main region of the calling code, as
// Parse does.
func RegionOf(e164 string) string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return ""
	}
	region := phonenumbers.GetRegionCodeForNumber(number)
	if !isMobile(phonenumbers.GetNumberType(number)) {
		region = phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	}
	return region
}

// Format returns a stored phone in the given style. It returns a text unchanged if it is
// not a phone in E.164, or if Parse would read its national form as another phone.
func (p PhoneRules) Format(e164 string, style PhoneStyle) string {
	if style != PhoneNational || p.region == "" || !strings.HasPrefix(e164, p.prefix) {
		return e164
	}
	number, err := p.stored(e164)
	if err != nil || !p.isAlso(number) && !belongs(number, phonenumbers.GetRegionCodeForNumber(number), p.region) {
		return e164
	}
	digits := national(number)
	if strings.HasPrefix(digits, "00") {
		return e164 // Parse reads 00 as the beginning of an international number
	}
	return digits
}

// stored parses a number that Parse returned and that has the region's calling code.
// It does not use the library's parser, which handles everything that people type
// and would take most of the time of Format.
func (p PhoneRules) stored(e164 string) (*phonenumbers.PhoneNumber, error) {
	significant := e164[len(p.prefix):]
	if strings.HasPrefix(significant, "0") { // Italian numbers: an integer loses the zero
		return phonenumbers.Parse(e164, p.region)
	}
	digits, err := strconv.ParseUint(significant, 10, 64)
	if err != nil {
		return nil, err
	}
	code, err := strconv.ParseInt(p.prefix[1:], 10, 32)
	return &phonenumbers.PhoneNumber{CountryCode: proto(int32(code)), NationalNumber: proto(digits)}, err
}

func proto[T any](value T) *T { return &value }

// belongs reports whether a number of region main is also one of region. Some small
// regions have no mobile numbers of their own: by the plan, a number of the Isle of
// Man is also one of the United Kingdom, and one of Åland also one of Finland.
func belongs(number *phonenumbers.PhoneNumber, main, region string) bool {
	return main == region || phonenumbers.IsValidNumberForRegion(number, region)
}

// national returns the digits that are dialed within the region: the trunk prefix
// and the significant number. If the library formats a number such that it cannot be
// parsed again (Argentina has a 15 in the middle), it returns the significant number only.
func national(number *phonenumbers.PhoneNumber) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phonenumbers.Format(number, phonenumbers.NATIONAL))
	if significant := phonenumbers.GetNationalSignificantNumber(number); !strings.HasSuffix(digits, significant) {
		return significant
	}
	return digits
}

// dialed reduces a typed phone to ASCII digits, after a `+` if it is international.
// It returns false if there is another character than digits and punctuation. The
// library would read letters as digits of a keypad, skip a text before the number,
// and cut off an extension.
func dialed(s string) (string, bool) {
	if len(s) > MaxPhoneInput*utf8.UTFMax || utf8.RuneCountInString(s) > MaxPhoneInput {
		return "", false
	}
	number := make([]byte, 0, MaxPhoneInput)
	for _, r := range withoutScheme(s) {
		switch value, ok := digit.Value(r); {
		case ok:
			number = append(number, '0'+value)
		case r == '+' || r == '＋':
			if len(number) > 0 {
				return "", false
			}
			number = append(number, '+')
		case !ignored(r): // check: phone-letters
			return "", false
		}
	}
	// The ITU recommends 00 as the international prefix (E.164). Where another one is
	// used (011 in North America), the library recognizes it, and no mobile number
	// there begins with 00.
	text := string(number)
	if rest, ok := strings.CutPrefix(text, "00"); ok {
		text = "+" + rest
	}
	return text, true
}

// withoutScheme drops the `tel:` of a number that was copied as a link (RFC 3966).
// Parameters of such a link stay, and are refused as any letter is.
func withoutScheme(s string) string {
	text := strings.TrimLeftFunc(s, ignored)
	if len(text) >= len(telScheme) && strings.EqualFold(text[:len(telScheme)], telScheme) {
		return text[len(telScheme):]
	}
	return s
}

const telScheme = "tel:"

// ignored reports whether a character between or around the digits is ignored: blanks,
// punctuation, and the invisible characters with which address books, web pages and
// messengers surround a number that is copied from them. Tabs and line breaks are not
// ignored.
func ignored(r rune) bool {
	return strings.ContainsRune(phonePunctuation, r) || unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r)
}

// phonePunctuation has the hyphens, dots and parentheses with which numbers are written.
const phonePunctuation = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d" + ".()\uff08\uff09"
