package server

import (
	"embed"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/language"
)

// messages has one file for each language. A key is a reason, or "ok." and an
// operation's id for its success. A text may hold alternatives "[a|b]": a holds
// {limit} or {seconds} and is used where that has a value, otherwise b is ("|b"
// may be left out).
//
//go:embed message/*.json
var messages embed.FS

// texts are the messages of one language.
type texts struct {
	tag string // BCP 47, for Content-Language
	by  map[string]string
}

// of returns the message of a key. limit and seconds are 0 for none.
func (t *texts) of(key string, limit, seconds int) string {
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

// languages chooses the language of an answer.
type languages struct {
	all     []*texts // the deployment's own first
	matcher language.Matcher
}

// defaultLocale is the contract's.
const defaultLocale = "zh-CN"

// newLanguages reads all messages. locale is the language of those who ask for
// none that there is, defaultLocale if empty.
func newLanguages(locale string) (*languages, error) {
	if locale == "" {
		locale = defaultLocale
	}
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
		// This reader refuses a key that stands there twice.
		if err := json.Unmarshal(data, &t.by); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		tag, err := language.Parse(t.tag)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
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

// maxAcceptLanguage is how much of Accept-Language is read, in bytes. It holds
// a dozen languages; the parser is not linear in what it is given.
const maxAcceptLanguage = 256

// choose returns the texts in the language that a request asks for.
func (l *languages) choose(h http.Header) *texts {
	sent := h["Accept-Language"]
	if len(sent) == 0 {
		return l.all[0]
	}
	wanted := strings.Join(sent, ",")
	if len(wanted) > maxAcceptLanguage {
		wanted = wanted[:maxAcceptLanguage]
		wanted = wanted[:max(strings.LastIndexByte(wanted, ','), 0)] // whole entries only
	}
	tags, _, err := language.ParseAcceptLanguage(wanted)
	if err != nil {
		return l.all[0]
	}
	_, i, confidence := l.matcher.Match(tags...)
	if confidence == language.No {
		i = 0 // the matcher's own choice would be that of a script, not of a reader
	}
	return l.all[i]
}
