package sms

import (
	"cmp"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/wording"
)

// templates are ids of approved templates of a provider: for phones of mainland China, and for all others.
type templates struct{ mainland, abroad string }

// approval is what a sender's messages are chosen from: the operator's files, and the templates and the signature of
// the settings.
type approval struct {
	sender         string
	words          *wording.Words
	codes, notices templates
	sign           string
}

// chosen returns the template for a message and the language that it was approved in, as far as that is known. The
// operator's file for the message's site and language counts first, then the settings. A template of the settings is
// taken to be in every language, and one of calls to be in Chinese. If both have none, that of another language counts,
// because a code in another language is better than none. A notice has templates of its own, because providers refuse a
// message whose variables are not those of its template. The template is empty if there is none for the phone.
func (a approval) chosen(m Message) (template, locale string) {
	fit := a.codes
	if m.Code == "" { // check: sms-notice-template
		fit = a.notices
	}
	names, abroad, locale := wording.SMS(m.Purpose, m.Code != ""), !isMainland(m.Phone), m.Locale
	if m.Voice { // check: voice-template
		names = wording.Voice(m.Purpose)
	}
	template = a.words.ID(a.sender, m.SiteID, locale, names, abroad)
	switch {
	case template != "": // check: sms-template-file
	case abroad:
		template = fit.abroad
	default:
		template = fit.mainland
		// A person that does not know Chinese can read digits in a Chinese SMS, but understands no Chinese call.
		if m.Voice && !strings.HasPrefix(locale, "zh-") { // check: voice-language
			locale = "zh-CN"
		}
	}
	if template == "" { // check: sms-template-nearest
		locale = a.words.Nearest(a.sender, m.SiteID, locale, names, abroad)
		template = a.words.ID(a.sender, m.SiteID, locale, names, abroad)
	}
	return template, locale
}

// of returns the template and the signature for a message, or the kind Unserved if there is no template for its phone.
func (a approval) of(m Message) (template, signature string, err error) {
	template, locale := a.chosen(m)
	if template == "" {
		return "", "", &DeliveryError{Kind: Unserved}
	}
	// The operator's file has the signature that was approved with the template.
	return template, cmp.Or(a.words.Sign(a.sender, m.SiteID, locale), a.sign), nil
}

// speaks reports whether a message would be in its own language. It is true if the sender has no template: then the
// sender sends nothing, and its place does not matter.
func (a approval) speaks(m Message) bool {
	template, locale := a.chosen(m)
	return template == "" || locale == m.Locale
}

// speaking returns the routes with those first whose sender has the message's language. Both parts keep their order.
// Senders of texts have every language, and a webhook's program has its own texts.
func speaking(routes []route, m Message) []route {
	other := func(one route) bool {
		sender, ok := one.Sender.(interface{ speaks(m Message) bool })
		return ok && !sender.speaks(m) // check: sms-language
	}
	first := slices.DeleteFunc(slices.Clone(routes), other)
	last := slices.DeleteFunc(slices.Clone(routes), func(one route) bool { return !other(one) })
	return append(first, last...)
}
