package identifier

import (
	"errors"
	"strings"

	"golang.org/x/net/idna"
)

// Bounds of an email in octets (RFC 5321, 4.5.3.1 and erratum 1690; RFC 1035,
// 2.3.4). A domain within them is within its own, 253.
const (
	MaxEmail      = 254
	maxEmailLocal = 64
	maxEmailLabel = 63
)

// Why an email is refused.
var (
	ErrEmailInvalid = errors.New("email: not an email address")
	ErrEmailTooLong = errors.New("email: longer than mail can carry")
)

// Email is an address that mail can be sent to by any mail server. Whether
// anyone reads it, only a code can tell.
type Email struct {
	// Display is the address for people to see: as given, but for an
	// international domain, which is shown in its normal form so that nothing
	// invisible hides in it.
	Display string
	// Address is where mail goes: the local part in the letters given, since
	// its host may tell them apart (RFC 5321, 2.4), and the domain in ASCII.
	Address string
	// Key is the canonical form, unique per site: Address in lower case, at
	// most [MaxEmail] octets. Nothing that only one provider does (dots that do
	// not count, `+` tags) is undone: elsewhere it would make two people one.
	Key string
}

// ParseEmail returns the forms of an email address, or ErrEmailInvalid or
// ErrEmailTooLong.
//
// The local part is an ASCII dot-atom (RFC 5322, 3.2.3): no quoted strings, no
// comments, and no letters beyond ASCII, which only servers with SMTPUTF8
// accept. The domain has two labels or more, the last of them not a number;
// international ones by IDNA (UTS 46, strict, nontransitional). IP literals and
// a trailing dot are refused.
func ParseEmail(s string) (Email, error) {
	if len(s) > MaxEmail {
		return Email{}, ErrEmailTooLong
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !isDotAtom(local) {
		return Email{}, ErrEmailInvalid
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !isDomain(ascii) {
		return Email{}, ErrEmailInvalid
	}
	address := local + "@" + ascii
	if len(local) > maxEmailLocal || len(address) > MaxEmail {
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

// isDotAtom reports whether s is atoms of at least one character with single
// dots between them.
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

// isDomain checks what IDNA, strict about letters, digits and hyphens, leaves
// open: s has two labels or more, none of them empty or too long, and the last
// is not a number, or the whole could be an IP address (RFC 1123, 2.1).
func isDomain(s string) bool {
	labels, numeric := 0, false
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > maxEmailLabel {
			return false
		}
		numeric = strings.Trim(label, "0123456789") == ""
		labels++
	}
	return labels >= 2 && !numeric
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
