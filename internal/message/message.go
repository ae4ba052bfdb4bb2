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

	"github.com/enroll-project/enroll/internal/locale"
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

// Languages has the messages of the languages of a deployment. It does not change after [Load].
type Languages struct {
	set *locale.Set
	all []*Texts // in the order of set, the deployment's own first
}

// All returns the messages of each language, the deployment's own first. The caller must not change it.
func (l *Languages) All() []*Texts { return l.all }

// Tags returns the languages (BCP 47), the deployment's own first.
func (l *Languages) Tags() []string { return l.set.Tags() }

// Load reads the messages of the languages of a deployment, each from the file TAG.json in the top folder of files, in
// the given variants. It returns an error if a language has no file, and if a file is not an object of texts or has a
// key twice.
func Load(files fs.FS, set *locale.Set, variants ...string) (*Languages, error) {
	l := &Languages{set: set}
	for _, tag := range set.Tags() {
		data, err := fs.ReadFile(files, tag+".json")
		if err != nil {
			return nil, fmt.Errorf("there are no messages in %s: %w", tag, err)
		}
		t := &Texts{Tag: tag}
		// This parser refuses a key that occurs twice.
		if err := json.Unmarshal(data, &t.by); err != nil {
			return nil, fmt.Errorf("%s.json: %w", tag, err)
		}
		t.choose(variants)
		l.all = append(l.all, t)
	}
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
	return l.in(l.set.Match(acceptedLanguages(wanted)...))
}

// in returns the texts of a language of the set.
func (l *Languages) in(tag string) *Texts {
	return l.all[slices.IndexFunc(l.all, func(t *Texts) bool { return t.Tag == tag })]
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
