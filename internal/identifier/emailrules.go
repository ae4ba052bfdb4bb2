package identifier

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrEmailDomain reports an email of a domain that [EmailRules] do not accept.
var ErrEmailDomain = errors.New("email: a domain that is not accepted")

// EmailRules say which domains an email may have. They do not change after [NewEmailRules] and are safe for
// concurrent use. The zero value accepts every domain.
type EmailRules struct {
	allowed, denied domains
	listed          []string // the allowed entries in canonical form, in their order
	noDisposable    bool     // refuse disposable domains, except
	spared          domains  // these
}

// domains is a set of domains in canonical form. A key that begins with a dot stands for all domains below it, so
// that a look-up makes no new text.
type domains map[string]bool

// NewEmailRules returns rules that accept the domains in allowed, or all if it is empty, except those in denied. An
// entry is a domain, which does not stand for the domains below it, or `*.` and a domain, which stands for these only.
// Case does not matter, and an international domain may be written in its script or in ASCII. Another entry is an
// error.
func NewEmailRules(allowed, denied []string) (r EmailRules, err error) {
	if r.allowed, r.listed, err = parseDomains(allowed); err != nil {
		return EmailRules{}, err
	}
	if r.denied, _, err = parseDomains(denied); err != nil {
		return EmailRules{}, err
	}
	return r, nil
}

// DenyDisposable returns rules that refuse the domains of the built-in list of disposable mail domains, too, and all
// below them, except those in spared, which has entries of [NewEmailRules]. An entry of the allowed domains is an
// exception if it names the listed domain or one below it: the operator knows this domain. A broader one such as *.com
// is none.
func (r EmailRules) DenyDisposable(spared []string) (EmailRules, error) {
	set, _, err := parseDomains(spared)
	if err != nil {
		return EmailRules{}, err
	}
	r.noDisposable, r.spared = true, set
	return r, nil
}

// parseDomains returns the set of a list of entries, and the entries in canonical form.
func parseDomains(entries []string) (set domains, listed []string, err error) {
	set = make(domains, len(entries))
	for _, entry := range entries {
		domain, below := strings.CutPrefix(strings.TrimSpace(entry), "*.")
		ascii, err := domainKey(domain)
		// All domains below a top-level domain can be meant, as in *.edu, but no email has a top-level domain alone.
		if err != nil || ascii == "" || !isDomain("x."+ascii) || !below && !isDomain(ascii) {
			return nil, nil, fmt.Errorf("%q is not a domain: want one such as example.com, or *.example.com for all below it",
				entry)
		}
		ascii = strings.ToLower(ascii)
		if below {
			set["."+ascii] = true
			listed = append(listed, "*."+ascii)
			continue
		}
		set[ascii] = true
		listed = append(listed, ascii)
	}
	return set, listed, nil
}

// has reports whether a domain in canonical form is in the set.
func (d domains) has(domain string) bool { return d.within(domain, "") }

// within reports whether a domain in canonical form is in the set by an entry that names top or a domain below it. The
// domain is top or below it.
func (d domains) within(domain, top string) bool {
	if len(d) == 0 {
		return false
	}
	if d[domain] {
		return true
	}
	for i := range len(domain) - len(top) {
		if domain[i] == '.' && d[domain[i:]] { // check: email-domain-below
			return true
		}
	}
	return false
}

// Check returns [ErrEmailDomain] if the domain of an email is not accepted. A domain that is allowed and denied is
// denied.
func (r EmailRules) Check(e Email) error {
	_, domain, _ := strings.Cut(e.Key, "@")
	if len(r.allowed) > 0 && !r.allowed.has(domain) || r.denied.has(domain) { // check: email-domain-rules
		return ErrEmailDomain
	}
	if r.disposable(domain) { // check: email-disposable
		return ErrEmailDomain
	}
	return nil
}

// disposable reports whether a domain in canonical form is refused as disposable.
func (r EmailRules) disposable(domain string) bool {
	if !r.noDisposable {
		return false
	}
	listed := listedDisposable(domain)
	return listed != "" && !r.spared.has(domain) && !r.allowed.within(domain, listed) // check: email-disposable-spared
}

// Parse is [ParseEmail] followed by Check.
func (r EmailRules) Parse(s string) (Email, error) {
	email, err := ParseEmail(s)
	if err != nil {
		return Email{}, err
	}
	return email, r.Check(email)
}

// Allowed returns the entries of the allowed domains in canonical form; none if all are allowed.
func (r EmailRules) Allowed() []string { return slices.Clone(r.listed) }
