package identifier

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// renumbering is another form in which mobile numbers of a country are or were written,
// and the form in which they are dialed from abroad today.
type renumbering struct {
	old *regexp.Regexp
	now string
	// always is set if the metadata still has the old form as a valid mobile number.
	always bool
}

// renumberings are changes of numbering plans by which one phone has two forms. No old
// form is a mobile number of another phone today.
var renumberings = [...]renumbering{
	{old: regexp.MustCompile(`^\+521(\d{10})$`), now: "+52$1"},                      // Mexico, 2019
	{old: regexp.MustCompile(`^\+54([1-8]\d{9})$`), now: "+549$1"},                  // Argentina: the 9 of mobiles
	{old: regexp.MustCompile(`^\+55(\d\d)([6-9]\d{7})$`), now: "+55${1}9$2"},        // Brazil, to 2016
	{old: regexp.MustCompile(`^\+225(\d[789]\d{6})$`), now: "+22507$1"},             // Côte d'Ivoire, 2021: Orange,
	{old: regexp.MustCompile(`^\+225(\d[456]\d{6})$`), now: "+22505$1"},             // MTN
	{old: regexp.MustCompile(`^\+225(\d[0123]\d{6})$`), now: "+22501$1"},            // and Moov
	{old: regexp.MustCompile(`^\+229(\d{8})$`), now: "+22901$1"},                    // Benin, 2024
	{old: regexp.MustCompile(`^\+2410([256]\d{6})$`), now: "+2416$1", always: true}, // Gabon, 2019
	{old: regexp.MustCompile(`^\+2410([47]\d{6})$`), now: "+2417$1", always: true},
	{old: regexp.MustCompile(`^\+8416([2-9]\d{7})$`), now: "+843$1"}, // Vietnam, 2018
	{old: regexp.MustCompile(`^\+84120(\d{7})$`), now: "+8470$1"},
	{old: regexp.MustCompile(`^\+84121(\d{7})$`), now: "+8479$1"},
	{old: regexp.MustCompile(`^\+84122(\d{7})$`), now: "+8477$1"},
	{old: regexp.MustCompile(`^\+8412([68]\d{7})$`), now: "+847$1"},
	{old: regexp.MustCompile(`^\+8412([345]\d{7})$`), now: "+848$1"},
	{old: regexp.MustCompile(`^\+84127(\d{7})$`), now: "+8481$1"},
	{old: regexp.MustCompile(`^\+84129(\d{7})$`), now: "+8482$1"},
	{old: regexp.MustCompile(`^\+8418([68]\d{7})$`), now: "+845$1"},
	{old: regexp.MustCompile(`^\+84199(\d{7})$`), now: "+8459$1"},
}

// current returns a number in the form of today's numbering plan: the same one unless
// it is an old form of a mobile number.
func current(number *phonenumbers.PhoneNumber) *phonenumbers.PhoneNumber {
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	mobile := isMobile(phonenumbers.GetNumberType(number))
	for _, r := range renumberings {
		// A mobile number of the metadata belongs to today's plan, unless r is marked always.
		if mobile && !r.always || !r.old.MatchString(e164) {
			continue
		}
		now, err := phonenumbers.Parse(r.old.ReplaceAllString(e164, r.now), "")
		if err == nil && isMobile(phonenumbers.GetNumberType(now)) {
			return now
		}
	}
	return number
}

// isMobile reports whether a number of this kind can receive an SMS. Some countries, such as the United States,
// have no ranges of their own for mobile phones.
func isMobile(kind phonenumbers.PhoneNumberType) bool {
	return kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE
}

// CurrentPhone returns today's canonical form of a phone in E.164 that was stored by an older version
// of this package or of its metadata. A text that is not a phone is returned unchanged.
func CurrentPhone(e164 string) string {
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return e164
	}
	return phonenumbers.Format(current(number), phonenumbers.E164)
}

// Login returns the canonical form of the phone of a login. It does not check whether the
// phone may register, since those rules may change after a registration. It returns false
// for a text that cannot be a phone.
func (p PhoneRules) Login(s string) (e164 string, ok bool) {
	typed, ok := dialed(s)
	if !ok || p.region == "" {
		return "", false
	}
	number, err := phonenumbers.Parse(typed, p.region)
	if err != nil {
		return "", false
	}
	e164 = phonenumbers.Format(current(number), phonenumbers.E164)
	return e164, storedPhone.MatchString(e164)
}

// Held returns a typed phone that a user may have by earlier rules: a number that has left its numbering plan since,
// or a prefix or a country that the operator no longer accepts. An SMS to it must go to the phone of a user only, since
// the number need not be a mobile number. It returns false for a text that cannot be a phone, and for a number
//
//   - that today's plan charges at a higher rate: Parse accepts it only while a prefix of Also names it;
//   - that has no region (satellites), which Parse never accepts;
//   - that no mobile number of its calling code is as long as. It is mistyped. If it is of a plan with shorter or
//     longer numbers that has ended, no SMS reaches it.
func (p PhoneRules) Held(s string) (Phone, bool) {
	e164, ok := p.Login(s)
	if !ok {
		return Phone{}, false
	}
	number, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return Phone{}, false
	}
	switch phonenumbers.GetNumberType(number) { // check: held-premium
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.PERSONAL_NUMBER, phonenumbers.UAN:
		return Phone{}, false
	}
	region := RegionOf(e164)
	if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY { // check: held-satellite
		return Phone{}, false
	}
	if !longAsMobile(number) { // check: held-length
		return Phone{}, false
	}
	return Phone{E164: e164, Region: region}, true
}

// longAsMobile reports whether a number has as many digits as the metadata permit for a mobile number of the main
// region of its calling code. The library's IsPossibleNumber also permits the lengths of other kinds, such as ten
// digits in China, where a mobile number has eleven.
func longAsMobile(number *phonenumbers.PhoneNumber) bool {
	all, err := phonenumbers.MetadataCollection() // parsed once, when the program starts
	if err != nil {
		return false
	}
	main := phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	for _, plan := range all.GetMetadata() {
		if plan.GetId() != main {
			continue
		}
		lengths := plan.GetMobile().GetPossibleLength()
		if len(lengths) == 0 { // they are those of all kinds
			lengths = plan.GetGeneralDesc().GetPossibleLength()
		}
		return slices.Contains(lengths, int32(len(phonenumbers.GetNationalSignificantNumber(number))))
	}
	return false
}

// storedPhone is the constraint of the database on a phone.
var storedPhone = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Also returns rules that accept numbers with the given prefixes as mobile numbers,
// too, for ranges that are newer than the metadata. A prefix is `+`, the calling code
// and at least one more digit, such as +86149.
func (p PhoneRules) Also(prefixes []string) (PhoneRules, error) {
	for _, prefix := range prefixes {
		number, err := phonenumbers.Parse(prefix+"0000", "")
		if err != nil || !prefixOfPhone.MatchString(prefix) ||
			len(prefix) < len(fmt.Sprintf("+%d0", number.GetCountryCode())) {
			return PhoneRules{}, fmt.Errorf(
				"%q is no prefix of phones: want +, a calling code and more digits, such as +86149", prefix)
		}
	}
	p.also = prefixes
	return p, nil
}

// prefixOfPhone is a +, a calling code and some more digits: a whole phone has up to 15 digits.
var prefixOfPhone = regexp.MustCompile(`^\+[1-9][0-9]{1,11}$`)

// isAlso reports whether the number has one of the prefixes and as many digits as the
// metadata's example of a mobile number of its country.
func (p PhoneRules) isAlso(number *phonenumbers.PhoneNumber) bool {
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	if !slices.ContainsFunc(p.also, func(prefix string) bool { return strings.HasPrefix(e164, prefix) }) {
		return false
	}
	region := phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	example := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
	return example != nil && len(phonenumbers.Format(example, phonenumbers.E164)) == len(e164) // check: phone-length
}
