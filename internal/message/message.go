package message

import (
	"cmp"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/language"
)

// Texts are the messages of one language, in the variants of one deployment.
type Texts struct {
	Tag string            // BCP 47, for Content-Language
	by  map[string]string // by key, without variants
}

// Keys yields the keys of all messages, without variants, in no order.
func (t *Texts) Keys() iter.Seq[string] { return maps.Keys(t.by) }

// choose replaces each message by its variant if names has the variant, and removes all
// variants. So method Of finds each message under its plain key.
func (t *Texts) choose(names []string) {
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

// Of returns the message of a key, with its alternatives "[a|b]" decided. limit and seconds
// are 0 if they are not known. An unknown key has the message "".
func (t *Texts) Of(key string, limit, seconds int) string {
	// Tests of both APIs check that each reason and each operation has a text, and that brackets
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

// Languages has the messages of all languages. It does not change after [Load].
type Languages struct {
	all     []*Texts // the deployment's own first
	matcher language.Matcher
}

// All returns the messages of each language, the deployment's own first. The caller must not change it.
func (l *Languages) All() []*Texts { return l.all }

// Tags returns the languages (BCP 47), the deployment's own first.
func (l *Languages) Tags() []string {
	tags := make([]string, len(l.all))
	for i, t := range l.all {
		tags[i] = t.Tag
	}
	return tags
}

// defaultLocale is the language that the contracts name as their default.
const defaultLocale = "zh-CN"

// Load reads the messages of each file LANGUAGE.json in the top folder of files, in the given
// variants. locale is the language of answers to requests that accept none of the languages, zh-CN
// if empty. It returns an error if a file is not an object of texts, has a key twice, or is named
// after no language, and if locale has no file.
func Load(files fs.FS, locale string, variants ...string) (*Languages, error) {
	if locale == "" {
		locale = defaultLocale
	}
	// A file adds a language. There is no other list of languages.
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	l := &Languages{}
	var tags []language.Tag
	for _, file := range entries {
		t := &Texts{Tag: strings.TrimSuffix(file.Name(), ".json")}
		data, err := fs.ReadFile(files, file.Name())
		if err != nil {
			return nil, err
		}
		// This parser refuses a key that occurs twice.
		if err := json.Unmarshal(data, &t.by); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		t.choose(variants)
		tag, err := language.Parse(t.Tag)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		// The matcher falls back to the first language.
		at := len(l.all)
		if t.Tag == locale {
			at = 0
		}
		l.all = slices.Insert(l.all, at, t)
		tags = slices.Insert(tags, at, tag)
	}
	if l.all[0].Tag != locale {
		return nil, fmt.Errorf("there are no messages in %q", locale)
	}
	l.matcher = language.NewMatcher(tags)
	return l, nil
}

// maxAcceptLanguage bounds the part of Accept-Language that is parsed, in bytes. A dozen
// languages fit in. The parser's time grows faster than its input.
const maxAcceptLanguage = 256

// Of returns the texts in the language that Accept-Language prefers, or in the
// deployment's own if none matches. Malformed entries are left out: a wrong header is
// no reason to refuse a request.
func (l *Languages) Of(h http.Header) *Texts {
	// Without the header the answer is in the deployment's own language.
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
// language first. The parser refuses a whole list for one malformed entry. So such a
// list is parsed entry by entry, and malformed entries are left out.
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
		if err == nil && len(tags) == 1 { // an entry with the weight 0 gives no tag
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
