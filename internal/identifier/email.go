package identifier

import (
	"errors"
	"strings"

	"golang.org/x/net/idna"
)

// Bounds of an email in octets (RFC 5321, 4.5.3.1, and erratum 1690 of RFC 3696;
// RFC 1035, 2.3.4). They imply the bound of a domain, 253.
const (
	MaxEmail      = 254
	maxEmailLocal = 64
	maxEmailLabel = 63
)

// Errors of ParseEmail.
var (
	ErrEmailInvalid = errors.New("email: not an email address")
	ErrEmailTooLong = errors.New("email: longer than mail can carry")
)

// Email is a syntactically valid address that can be delivered without SMTPUTF8.
// Whether the mailbox exists is not checked: a code that is sent to it shows that.
type Email struct {
	// Display is the address as the user typed it. An international domain is in its
	// normal form, so Display has no invisible characters.
	Display string
	// Address is the address that mail is sent to: the local part unchanged, since
	// the mail host may distinguish case (RFC 5321, 2.4), and the domain in ASCII.
	Address string
	// Key is the canonical form, unique per site: Address in lower case, at most
	// [MaxEmail] octets. Rules of single providers (ignored dots, `+` tags) are
	// not applied: with other providers they would give two people one Key.
	Key string
}

// ParseEmail returns the forms of an email address, or ErrEmailInvalid or
// ErrEmailTooLong.
//
// The local part is an ASCII dot-atom (RFC 5322, 3.2.3): no quoted strings, no
// comments, and no letters beyond ASCII, which only servers with SMTPUTF8 accept.
// The domain has at least two labels, and the last is not a number. International
// domains follow IDNA (UTS 46, strict, nontransitional). IP literals and a trailing
// dot are refused.
func ParseEmail(s string) (Email, error) {
	if len(s) > MaxEmail {
		return Email{}, ErrEmailTooLong
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !isDotAtom(local) { // check: email-local-part
		return Email{}, ErrEmailInvalid
	}
	ascii, err := domainKey(domain)
	if err != nil || !isDomain(ascii) {
		return Email{}, ErrEmailInvalid
	}
	address := local + "@" + ascii
	if len(local) > maxEmailLocal || len(address) > MaxEmail { // check: email-local-length
		return Email{}, ErrEmailTooLong
	}
	email := Email{Display: s, Address: address, Key: strings.ToLower(address)}
	if !isASCII(domain) {
		shown, err := idna.Lookup.ToUnicode(ascii)
		if err != nil {
			return Email{}, ErrEmailInvalid
		}
		email.Display = local + "@" + shown
	}
	return email, nil
}

// isDotAtom reports whether s consists of nonempty atoms with single dots between
// them (RFC 5322, 3.2.3).
func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if !isAlphanumeric(atom[i]) && !strings.Contains("!#$%&'*+-/=?^_`{|}~", atom[i:i+1]) {
				return false
			}
		}
	}
	return true
}

// isDomain checks what IDNA in its strict mode does not: s has at least two labels,
// none is empty or too long, and the last is not a number, because the whole could
// then be an IP address (RFC 1123, 2.1).
func isDomain(s string) bool {
	labels, numeric := 0, false
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > maxEmailLabel {
			return false
		}
		numeric = strings.Trim(label, "0123456789") == ""
		labels++
	}
	return labels >= 2 && !numeric // check: email-domain
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
