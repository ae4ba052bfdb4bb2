package admin

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// messages has one file for each language, with a text for each reason, and "ok" for a success. The readers are
// operators, who see them in a tool of theirs. So they are shorter than those of the public API, and one
// text is enough for each.
//
//go:embed message/*.json
var messages embed.FS

// texts are the messages of one language.
type texts struct {
	tag string // BCP 47, for Content-Language
	by  map[string]string
}

// of returns the message of a reason.
func (t texts) of(reason string) string { return t.by[reason] }

// languages has the messages of all languages. The matcher falls back to the first of them.
type languages struct {
	all     []texts
	matcher language.Matcher
}

// newLanguages reads the messages, once for all requests. locale is the language if a request accepts none.
func newLanguages(locale string) (*languages, error) {
	// In the order of preference: the public API has the same default.
	names := []string{"zh-CN", "en"}
	if locale == "en" {
		names[0], names[1] = names[1], names[0]
	}
	l := &languages{}
	var tags []language.Tag
	for _, name := range names {
		t := texts{tag: name}
		data, err := messages.ReadFile("message/" + name + ".json")
		if err == nil {
			err = json.Unmarshal(data, &t.by)
		}
		if err != nil {
			return nil, fmt.Errorf("admin: messages: %w", err)
		}
		l.all, tags = append(l.all, t), append(tags, language.MustParse(name))
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

// choose returns the messages in the language that a request prefers. A header that cannot be read is one that
// accepts no language: no request fails for it.
func (l *languages) choose(h http.Header) texts {
	// A list may be sent in several headers (RFC 9110, section 5.3).
	accepted, _, _ := language.ParseAcceptLanguage(strings.Join(h["Accept-Language"], ", "))
	_, i, _ := l.matcher.Match(accepted...)
	return l.all[i]
}
