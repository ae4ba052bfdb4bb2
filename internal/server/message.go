package server

import (
	"cmp"
	"embed"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/language"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
)

// messages has one file for each language. A key is a reason, or "ok." and an
// operation's id for its success. A text may have alternatives "[a|b]": a contains
// {limit} or {seconds} and is used if that has a value, and otherwise b ("|b" may be
// missing).
//
// A key may have a variant for deployments that offer more: "reason@sms" if codes can
// be sent by SMS, "reason@image" if captchas are images, "reason@mail" if emails can be
// verified, "reason@name" if people can register by user name and not by phone, and
// "reason@name_phone" if by both. No message has two variants that are true at once. A
// text without a variant must be true in every deployment. TestMessagesNameWhatThereIs
// checks which words each text may have.
//
//go:embed message/*.json
var messages embed.FS

// The variants of messages.
const (
	variantSMS       = "sms"
	variantImage     = "image"
	variantMail      = "mail"
	variantName      = "name" // and not by phone
	variantNamePhone = "name_phone"
)

// variants returns the variants that are true in a deployment. They are chosen once, at the
// start: settings do not change while a process runs.
func variants(o account.Offers) (names []string) {
	if o.SMS {
		names = append(names, variantSMS)
	}
	if o.Captcha == captcha.KindImage {
		names = append(names, variantImage)
	}
	if o.Mail {
		names = append(names, variantMail)
	}
	if slices.Contains(o.Methods, account.ByUserName) {
		if slices.Contains(o.Methods, account.ByPhone) {
			return append(names, variantNamePhone)
		}
		return append(names, variantName)
	}
	return names
}

// texts are the messages of one language, in the variants of this deployment.
type texts struct {
	tag string            // BCP 47, for Content-Language
	by  map[string]string // by key, without variants
}

// choose replaces each message by its variant if that is one of names, and removes all
// other variants. So method "of" finds each message under its plain key.
func (t *texts) choose(names []string) {
	// Deleting while ranging over a map is allowed; a key that is added meanwhile has no @.
	for key, text := range t.by {
		if base, variant, found := strings.Cut(key, "@"); found {
			if slices.Contains(names, variant) {
				t.by[base] = text
			}
			delete(t.by, key)
		}
	}
}

// of returns the message of a key, with its alternatives "[a|b]" decided. limit and seconds
// are 0 if there is none.
func (t *texts) of(key string, limit, seconds int) string {
	// TestMessages checks that each reason and each operation has a text, and that brackets
	// are balanced, so errors need no handling here.
	text := t.by[key]
	for {
		before, rest, found := strings.Cut(text, "[")
		if !found {
			return text
		}
		choice, after, _ := strings.Cut(rest, "]")
		given, otherwise, _ := strings.Cut(choice, "|")
		switch {
		case limit > 0 && strings.Contains(given, "{limit}"):
			given = strings.Replace(given, "{limit}", strconv.Itoa(limit), 1)
		case seconds > 0 && strings.Contains(given, "{seconds}"):
			given = strings.Replace(given, "{seconds}", strconv.Itoa(seconds), 1)
		default:
			given = otherwise
		}
		text = before + given + after
	}
}

// languages has the messages of all languages.
type languages struct {
	all     []*texts // the deployment's own first
	matcher language.Matcher
}

// defaultLocale is the language that the contract names as its default.
const defaultLocale = "zh-CN"

// newLanguages reads all messages, in the given variants. locale is the language of
// answers to requests that accept none of the languages, defaultLocale if empty.
func newLanguages(locale string, variants ...string) (*languages, error) {
	if locale == "" {
		locale = defaultLocale
	}
	// A language is added by a file. Nothing else lists them.
	files, err := messages.ReadDir("message")
	if err != nil {
		return nil, err
	}
	l := &languages{}
	var tags []language.Tag
	for _, file := range files {
		t := &texts{tag: strings.TrimSuffix(file.Name(), ".json")}
		data, err := messages.ReadFile(path.Join("message", file.Name()))
		if err != nil {
			return nil, err
		}
		// This parser refuses a key that occurs twice.
		if err := json.Unmarshal(data, &t.by); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		t.choose(variants)
		tag, err := language.Parse(t.tag)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		// The matcher falls back to the first language.
		at := len(l.all)
		if t.tag == locale {
			at = 0
		}
		l.all = slices.Insert(l.all, at, t)
		tags = slices.Insert(tags, at, tag)
	}
	if l.all[0].tag != locale {
		return nil, fmt.Errorf("there are no messages in %q", locale)
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

// maxAcceptLanguage bounds the part of Accept-Language that is parsed, in bytes. A dozen
// languages fit in. The parser's time grows faster than its input.
const maxAcceptLanguage = 256

// choose returns the texts in the language that Accept-Language prefers, or in the
// deployment's own if none matches or the header is malformed. A wrong header is no
// reason to refuse a request.
func (l *languages) choose(h http.Header) *texts {
	// No header, no preference: the deployment's own language.
	sent := h["Accept-Language"]
	if len(sent) == 0 {
		return l.all[0]
	}
	// Several headers of this name are one list (RFC 9110, section 5.3).
	wanted := strings.Join(sent, ",")
	if len(wanted) > maxAcceptLanguage {
		wanted = wanted[:maxAcceptLanguage]
		wanted = wanted[:max(strings.LastIndexByte(wanted, ','), 0)] // whole entries only
	}
	_, i, confidence := l.matcher.Match(acceptedLanguages(wanted)...)
	if confidence == language.No {
		i = 0 // without a match the matcher prefers a language with the same script
	}
	return l.all[i]
}

// acceptedLanguages reads Accept-Language (RFC 9110, section 12.5.4), the most wanted
// language first. The parser refuses a list for one malformed entry. Such a list is
// given to it entry by entry, and the malformed ones are left out.
func acceptedLanguages(list string) []language.Tag {
	tags, _, err := language.ParseAcceptLanguage(list)
	if err == nil {
		return tags
	}
	type entry struct {
		tag    language.Tag
		weight float32
	}
	var entries []entry
	for part := range strings.SplitSeq(list, ",") {
		tags, weights, err := language.ParseAcceptLanguage(part)
		if err == nil && len(tags) == 1 { // none if its weight is zero
			entries = append(entries, entry{tags[0], weights[0]})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(b.weight, a.weight) })
	wanted := make([]language.Tag, len(entries))
	for i, e := range entries {
		wanted[i] = e.tag
	}
	return wanted
}
