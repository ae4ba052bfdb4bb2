package identifier

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// DataVersion names the rules and tables from which keys are computed. Each stored key
// says by which version it was made. Raise it with every change that gives an accepted
// identifier another key or skeleton: `enroll migrate` then computes the older ones
// again. The golden test fails until it is raised.
const DataVersion = 1

// LoginUserName returns the Key of the user name of a login. It equals the Key of
// ParseUserName for each name that may register. It is also defined for names that may
// not register any more, because the list of reserved words, the permitted letters or a
// rule has changed since. It returns false for a text that cannot be a user name.
func LoginUserName(s string) (key string, ok bool) {
	if len(s) > maxUserNameInput || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", false
	}
	key = nameKey(compared(shown(s)))
	return key, key != "" && utf8.RuneCountInString(key) <= MaxUserName
}

// KindOf returns the kind of an identifier. Each text has exactly one kind: an email has
// an @, a user name has a letter and no @, and a phone has neither. The `tel:` of a link
// counts as no letters, because no user name has a colon. KindOf does not say whether the
// text is valid.
func KindOf(s string) Kind {
	switch {
	case strings.ContainsRune(s, '@'):
		return KindEmail
	case strings.IndexFunc(withoutScheme(s), isNameLetter) < 0:
		return KindPhone
	}
	return KindUserName
}

// Kind is the kind of an identifier by which a user can be found.
type Kind int

// The kinds.
const (
	KindUserName Kind = iota
	KindEmail
	KindPhone
)

// nameKey folds a text as PRECIS UsernameCaseMapped does, with the folds that the
// package documentation adds, and refuses nothing.
func nameKey(base string) string {
	if isASCII(base) {
		return strings.ToLower(base)
	}
	key := norm.NFC.String(cases.Lower(language.Und, cases.HandleFinalSigma(false)).String(base))
	if !strings.ContainsAny(key, "ς\u0307") {
		return key
	}
	// Without the dot, a letter and a following mark may have a composed form.
	return norm.NFC.String(withoutSoftDots(strings.ReplaceAll(key, "ς", "σ")))
}

// LoginEmail returns the Key of the email address of a login. It equals the Key of
// ParseEmail for each address that may register, and is also defined for addresses that
// may not register any more. It returns false for a text that cannot be an address.
func LoginEmail(s string) (key string, ok bool) {
	address, ok := Mailbox(s)
	return strings.ToLower(address), ok
}

// HeldEmail returns the Key of an email that a user may have by earlier rules, as LoginEmail does. A mail to it must go
// to the email of a user only. It returns false for a text that no rules have accepted: the forms of the local part and
// of the domain are those of [ParseEmail], and have been since its first release.
func HeldEmail(s string) (key string, ok bool) {
	key, ok = LoginEmail(s)
	local, domain, _ := strings.Cut(key, "@")
	strange := strings.ContainsFunc(domain, func(r rune) bool {
		return r == '@' || unicode.IsSpace(r) || unicode.IsControl(r)
	})
	return key, ok && !strange && isDotAtom(local) && isDomain(domain) // check: held-form
}

// Mailbox returns the address that mail is sent to for an email that a user has: the local part unchanged and
// the domain in ASCII, as Email.Address. It is also defined for addresses that may not register any more, and
// does not check that a mail server can have the mailbox. It returns false for a text that cannot be an address.
func Mailbox(s string) (address string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > MaxEmail || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", false
	}
	ascii, err := domainKey(s[at+1:])
	if err != nil {
		if ascii, err = idna.Punycode.ToASCII(s[at+1:]); err != nil {
			return "", false
		}
		ascii = strings.ToLower(ascii)
	}
	// Lower case may have other bytes than the letters that the user typed.
	address = s[:at+1] + ascii
	return address, max(len(address), len(strings.ToLower(address))) <= MaxEmail
}

// domainKey returns a domain in ASCII. UTS 46 mapped the capital sharp s to `ss` until
// Unicode 15.0 and maps it to ß since. The tables of x/net depend on the Go release, so
// the newer mapping is made here.
func domainKey(domain string) (string, error) {
	return idna.Lookup.ToASCII(strings.ReplaceAll(domain, "ẞ", "ß")) // check: email-key
}

// Names are the identifiers of a stored user. All keys can be computed from them again.
type Names struct {
	UserName, Email, Phone string // Display forms and E.164, empty if there is none
}

// Keys are the canonical forms of Names by the rules of this DataVersion.
type Keys struct {
	UserNameKey, UserNameSkeleton, EmailKey, Phone string
}

// Keys computes the canonical forms of a stored user. It does not check whether the names
// may register. If the form of an email cannot be computed, it is empty. A phone that cannot
// be parsed stays as it is.
func (n Names) Keys() Keys {
	var k Keys
	if n.UserName != "" {
		base := compared(n.UserName)
		k.UserNameKey, k.UserNameSkeleton = nameKey(base), skeleton(base)
	}
	if n.Email != "" {
		k.EmailKey, _ = LoginEmail(n.Email)
	}
	if n.Phone != "" {
		k.Phone = CurrentPhone(n.Phone)
	}
	return k
}
