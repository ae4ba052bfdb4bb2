package identifier

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// MaxPhoneInput bounds a phone as it is typed, in code points. E.164 has 15
// digits at most; the rest is room for how people write them.
const MaxPhoneInput = 32

// Why a phone is refused.
var (
	ErrPhoneInvalid   = errors.New("phone: not a phone number")
	ErrPhoneNotMobile = errors.New("phone: not a mobile number")
	ErrPhoneCountry   = errors.New("phone: a country that is not served")
)

// Phone is a mobile number that a text message can be sent to. Whether it is in
// service, and whose it is, only a code can tell.
type Phone struct {
	// E164 is the canonical form, unique per site: `+`, then 7 to 15 digits.
	E164 string
	// Region is the ISO 3166-1 code of the region that the number belongs to,
	// the largest if there are several. A calling code may be shared by regions
	// that each have their own numbers, as +1.
	Region string
}

// PhoneStyle is how a stored phone is shown.
type PhoneStyle string

const (
	// PhoneNational shows numbers of the default region as they are dialled
	// there (13800138000) and all others in E.164.
	PhoneNational PhoneStyle = "national"
	// PhoneE164 shows every number in E.164 (+8613800138000).
	PhoneE164 PhoneStyle = "e164"
)

// PhoneRules says how phones are read and which are served. It does not change
// after NewPhoneRules; the zero value refuses every phone.
type PhoneRules struct {
	region    string
	prefix    string // the calling code of region, with its `+`
	countries []string
}

// NewPhoneRules returns rules for numbers that are national to defaultRegion
// unless they begin with `+` or `00`, and that serve the regions in countries,
// all if there are none. Regions are ISO 3166-1 codes in capitals, such as CN;
// an unknown one is an error.
func NewPhoneRules(defaultRegion string, countries []string) (PhoneRules, error) {
	known := phonenumbers.GetSupportedRegions()
	for _, region := range append([]string{defaultRegion}, countries...) {
		if !known[region] {
			return PhoneRules{}, fmt.Errorf("%q is no region with phones: want an ISO 3166-1 code in capitals, such as CN", region)
		}
	}
	return PhoneRules{
		region:    defaultRegion,
		prefix:    "+" + strconv.Itoa(phonenumbers.GetCountryCodeForRegion(defaultRegion)),
		countries: slices.Clone(countries),
	}, nil
}

// Parse reads a phone as people write it: a national number of the default
// region, or an international one after `+` or `00`, with spaces, hyphens, dots
// and parentheses, in ASCII, full-width or Arabic digits. It returns
// ErrPhoneInvalid for what the region's numbering plan does not know, for
// extensions and for letters; ErrPhoneCountry for a region that is not served;
// ErrPhoneNotMobile for a line that takes no text messages or takes its
// holder's money: fixed, toll-free, premium, shared cost, personal, VoIP,
// pager, UAN, voicemail, and everything that belongs to no region (satellites,
// +881 to +883, and other global services).
func (p PhoneRules) Parse(s string) (Phone, error) {
	typed, ok := dialled(s)
	if !ok || p.region == "" {
		return Phone{}, ErrPhoneInvalid
	}
	number, err := phonenumbers.Parse(typed, p.region)
	if err != nil {
		return Phone{}, ErrPhoneInvalid // the library's error may quote the number
	}
	region := phonenumbers.GetRegionCodeForNumber(number)
	kind := phonenumbers.GetNumberType(number)
	switch {
	case region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
		return Phone{}, ErrPhoneNotMobile
	case region == "" || kind == phonenumbers.UNKNOWN:
		return Phone{}, ErrPhoneInvalid
	case len(p.countries) > 0 && !slices.ContainsFunc(p.countries, func(served string) bool { return belongs(number, region, served) }):
		return Phone{}, ErrPhoneCountry
	case kind != phonenumbers.MOBILE && kind != phonenumbers.FIXED_LINE_OR_MOBILE:
		return Phone{}, ErrPhoneNotMobile
	}
	return Phone{E164: phonenumbers.Format(number, phonenumbers.E164), Region: region}, nil
}

// Format returns a stored phone in the given style, and as it is if it is none
// of ours.
func (p PhoneRules) Format(e164 string, style PhoneStyle) string {
	if style != PhoneNational || p.region == "" || !strings.HasPrefix(e164, p.prefix) {
		return e164
	}
	number, err := p.stored(e164)
	if err != nil || !belongs(number, phonenumbers.GetRegionCodeForNumber(number), p.region) {
		return e164
	}
	return national(number)
}

// stored reads a number of the region's calling code in the form in which Parse
// returned it. To take it apart by the library's rules for what people type
// would cost more than all else that is done with it.
func (p PhoneRules) stored(e164 string) (*phonenumbers.PhoneNumber, error) {
	significant := e164[len(p.prefix):]
	if strings.HasPrefix(significant, "0") { // Italy's, which numbers do not hold
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

// belongs reports whether a number of region main is one of region too. Small
// neighbours have no mobile numbers to themselves: the plan gives a number of
// the Isle of Man or of Åland to the United Kingdom or to Finland as well.
func belongs(number *phonenumbers.PhoneNumber, main, region string) bool {
	return main == region || phonenumbers.IsValidNumberForRegion(number, region)
}

// national returns the digits that are dialled within the region: trunk prefix
// and significant number. Where a mobile number is dialled in some other way
// still (Argentina's 15 in its midst), what the library formats cannot be read
// back, and the significant number alone must do.
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

// dialled reduces a phone as it is typed to ASCII digits, after a `+` if it is
// international. It reports false for anything that is not part of writing a
// number: the library would read letters as digits of a keypad, skip what
// stands before the number, and cut off an extension.
func dialled(s string) (string, bool) {
	if len(s) > MaxPhoneInput*utf8.UTFMax || utf8.RuneCountInString(s) > MaxPhoneInput {
		return "", false
	}
	number := make([]byte, 0, MaxPhoneInput)
	for _, r := range s {
		switch digit, ok := digitOf(r); {
		case ok:
			number = append(number, digit)
		case r == '+' || r == '＋':
			if len(number) > 0 {
				return "", false
			}
			number = append(number, '+')
		case !strings.ContainsRune(phonePunctuation, r):
			return "", false
		}
	}
	// E.164 and the ITU recommend 00 for what `+` stands for. Where another
	// prefix is dialled (011 in North America), the library knows it, and no
	// mobile number there begins with 00.
	text := string(number)
	if rest, ok := strings.CutPrefix(text, "00"); ok {
		text = "+" + rest
	}
	return text, true
}

// phonePunctuation is what people, and the address books that they copy from,
// put between digits: blanks, hyphens, dots, parentheses, and the invisible
// direction marks that some systems wrap a copied number in.
const phonePunctuation = " \u00a0\u202f\u3000" +
	"-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d" +
	".()\uff08\uff09" +
	"\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

// digitOf returns the ASCII digit for r in ASCII, full-width, Arabic-Indic and
// extended Arabic-Indic digits.
func digitOf(r rune) (byte, bool) {
	for _, zero := range [...]rune{'0', '０', '٠', '۰'} {
		if zero <= r && r <= zero+9 {
			return byte('0' + r - zero), true
		}
	}
	return 0, false
}
