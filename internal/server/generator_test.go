package server_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// target is an operation of the contract, as the generator sees it.
type target struct {
	method, path string
	*openapi3.Operation
	params   []*openapi3.Parameter
	body     *openapi3.Schema // nil for none
	samples  []map[string]any // the contract's example bodies, and one of the fields' own examples
	secured  bool
	optional bool // whether the token of a secured operation may be missing
}

// targets lists every operation, in an order that does not change.
func targets(doc *openapi3.T) (all []target) {
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			// An upload is not JSON: avatar_test.go has its tests.
			if op.RequestBody != nil && op.RequestBody.Value.Content["application/json"] == nil {
				continue
			}
			t := target{method: method, path: path, Operation: op, secured: op.Security != nil && len(*op.Security) > 0}
			t.optional, _ = op.Extensions["x-token-optional"].(bool)
			for _, p := range slices.Concat(item.Parameters, op.Parameters) {
				t.params = append(t.params, p.Value)
			}
			if op.RequestBody != nil {
				media := op.RequestBody.Value.Content["application/json"]
				t.body = media.Schema.Value
				own := map[string]any{}
				for name, property := range t.body.Properties {
					if property.Value.Example != nil {
						own[name] = property.Value.Example
					}
				}
				t.samples = append(t.samples, own)
				for _, name := range sorted(media.Examples) {
					if sample, ok := media.Examples[name].Value.Value.(map[string]any); ok {
						t.samples = append(t.samples, sample)
					}
				}
			}
			all = append(all, t)
			for range 3 * min(len(t.samples), 1) {
				all = append(all, t) // more can be wrong with a body, so operations with one are sent more often
			}
		}
	}
	slices.SortFunc(all, func(a, b target) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// promise is what the contract says about a generated request.
type promise int

const (
	fits   promise = iota // it keeps to the contract: the rules may refuse it, the validation may not
	unsure                // the generator does not know
	breaks                // it must be refused
)

// draft is a request that is not sent yet. Each of its parts can be spoiled alone.
type draft struct {
	method, path string
	query        string
	header       http.Header
	members      []member // of the body, in order
	raw          *string  // the body, if members do not say it
	bodied       bool
	chunked      bool
	promise      promise
	spoilt       []string        // what was done to it
	touched      map[string]bool // the names to which something was done, as they are sent
}

// member is a member of an object, both parts as JSON texts.
type member struct{ name, value string }

// spoil records a change of a draft and its effect on the promise.
func (d *draft) spoil(what string, p promise) {
	d.spoilt, d.promise = append(d.spoilt, what), max(d.promise, p)
}

// text is the body.
func (d *draft) text() string {
	switch {
	case d.raw != nil:
		return *d.raw
	case !d.bodied:
		return ""
	}
	parts := make([]string, len(d.members))
	for i, m := range d.members {
		parts[i] = m.name + ":" + m.value
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// ask adds to the query.
func (d *draft) ask(pair string) {
	if d.query == "" {
		d.query = "?" + pair
	} else {
		d.query += "&" + pair
	}
}

// String shows a draft so that it can be sent again by hand.
func (d *draft) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s", d.method, d.path, d.query)
	for _, name := range sorted(d.header) {
		for _, value := range d.header[name] {
			fmt.Fprintf(&b, "\n%s: %+q", name, brief(value))
		}
	}
	fmt.Fprintf(&b, "\n\n%+q\n(spoilt: %s; chunked: %t)", brief(d.text()), strings.Join(d.spoilt, ", "), d.chunked)
	return b.String()
}

// brief returns a text, or only its beginning and its end if it has more than 3,000 bytes.
func brief(s string) string {
	if len(s) > 3000 {
		return fmt.Sprintf("%s…(%d bytes)…%s", s[:1000], len(s), s[len(s)-1000:])
	}
	return s
}

// generator makes requests from the contract. The same seed and the same answers
// give the same requests.
type generator struct {
	*rand.Rand
	doc     *openapi3.T
	targets []target
	serial  int
	// seen has the values of answers by the name of the field, because later requests need values of earlier answers.
	seen map[string][]string
	// bySMS and byMail are the last codes that were sent. mailing is set if the operation of the
	// present draft takes a token, and so may need a code of a mail.
	bySMS, byMail parcel
	mailing       bool
}

// parcel is a code, its address, and the token with which it was requested.
type parcel struct{ to, code, token string }

func newGenerator(doc *openapi3.T, seed, campaign uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, campaign)), doc: doc, targets: targets(doc),
		seen: map[string][]string{}}
}

// once returns true with the probability 1/n.
func (g *generator) once(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// draft makes a request that keeps to the contract.
func (g *generator) draft(t target) *draft {
	g.mailing = t.secured
	d := &draft{method: t.method, path: t.path, header: http.Header{}, bodied: t.body != nil, touched: map[string]bool{}}
	for _, p := range t.params {
		if p.Required || g.once(3) {
			g.put(d, p, g.plausible(p.Name, p.Schema.Value, p.Example))
		}
	}
	if strings.HasPrefix(t.path, "/api/") && g.once(6) {
		d.ask("site_id=" + pick(g, []string{"", "0", "1", "2"})) // x-api-parameters
	}
	if t.secured {
		g.credential(d, *t.Security)
	}
	if !d.bodied {
		return d
	}
	d.header.Set("Content-Type", "application/json")
	sample, some := pick(g, t.samples), g.once(6)
	for _, name := range sorted(t.body.Properties) {
		given, in := sample[name]
		required := slices.Contains(t.body.Required, name)
		if some {
			in = g.once(2) // any combination of fields
		}
		if in || required {
			value := g.plausible(name, t.body.Properties[name].Value, given)
			d.members = append(d.members, member{quote(name), jsonOf(value)})
		}
	}
	g.Shuffle(len(d.members), func(i, j int) { d.members[i], d.members[j] = d.members[j], d.members[i] })
	return d
}

// put gives a parameter a value.
func (g *generator) put(d *draft, p *openapi3.Parameter, value any) {
	text := fmt.Sprint(value)
	switch p.In {
	case openapi3.ParameterInHeader:
		d.header.Add(p.Name, text)
	case openapi3.ParameterInQuery:
		d.ask(url.QueryEscape(p.Name) + "=" + url.QueryEscape(text))
	case openapi3.ParameterInPath:
		d.path = strings.ReplaceAll(d.path, "{"+p.Name+"}", url.PathEscape(text))
	}
}

// credential adds a token in one of the ways that an operation allows, or none.
func (g *generator) credential(d *draft, ways openapi3.SecurityRequirements) {
	tokens := g.seen["token"]
	if len(tokens) == 0 {
		return
	}
	token := pick(g, tokens[max(0, len(tokens)-8):])
	if g.byMail.token != "" && !g.once(4) {
		token = g.byMail.token
	}
	g.carry(d, pick(g, ways), token)
}

func (g *generator) carry(d *draft, way openapi3.SecurityRequirement, token string) {
	for name := range way {
		if scheme := g.doc.Components.SecuritySchemes[name].Value; scheme.Type == "apiKey" {
			d.header.Add(scheme.Name, token)
		} else {
			d.header.Add("Authorization", "Bearer "+token)
		}
	}
}

// plausible returns a value that keeps to a schema, if possible one that the rules accept, too.
// sample is the contract's own example, nil for none.
func (g *generator) plausible(name string, s *openapi3.Schema, sample any) any {
	switch {
	case len(s.Enum) > 0:
		return pick(g, s.Enum)
	case s.Type.Is(openapi3.TypeBoolean):
		return g.once(2)
	case s.Type.Is(openapi3.TypeObject):
		return pick(g, []any{map[string]any{}, sample, map[string]any{"a": 1.5, "b": []any{nil, true}}})
	case s.Type.Is(openapi3.TypeInteger):
		return g.integer(name, s, sample)
	}
	if seen := g.seen[name]; len(seen) > 0 && g.once(4) {
		if text := pick(g, seen); s.MaxLength == nil || len(text) <= int(*s.MaxLength) {
			return text
		}
	}
	if value := g.fresh(name); value != "" {
		return value
	}
	if sample == nil {
		sample = s.Example
	}
	if text, ok := sample.(string); ok && !g.once(6) {
		return text
	}
	letters := g.letters(int(s.MinLength), 24)
	if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(letters) {
		return cmp.Or(fmt.Sprint(sample), "")
	}
	return letters
}

func (g *generator) integer(name string, s *openapi3.Schema, sample any) int64 {
	if len(g.seen[name]) > 0 && g.once(3) {
		if n, err := strconv.ParseInt(pick(g, g.seen[name]), 10, 64); err == nil {
			return n
		}
	}
	least, most := int64(0), int64(1)<<53-1
	if s.Min != nil {
		least = int64(*s.Min)
	}
	if s.Max != nil {
		most = int64(*s.Max)
	}
	if n, ok := sample.(float64); ok && !g.once(6) {
		return int64(n)
	}
	return pick(g, []int64{least, least, least, least + 1, most, least + g.Int64N(most-least)})
}

// fresh returns a new value that the rules accept for a field of this name, and "" for unknown names.
func (g *generator) fresh(name string) string {
	g.serial++
	switch name {
	case "user_name":
		return "user-" + strconv.FormatInt(int64(g.serial), 36) + g.letters(3, 3)
	case "password":
		return pick(g, []string{"MyPassword123", "MyPassword123", "another Password", "密码密码密码密码"})
	case "email":
		if g.mailing && g.byMail.to != "" && !g.once(3) {
			return g.byMail.to
		}
		return g.letters(3, 8) + strconv.Itoa(g.serial) + "@example.com"
	case "phone":
		if g.bySMS.to != "" && !g.once(3) {
			return g.bySMS.to
		}
		return pick(g, []string{"1380013", "+86 139-0013-", "+491511234"}) + fmt.Sprintf("%04d", g.IntN(10000))
	case "Idempotency-Key":
		return g.letters(22, 40)
	case "code":
		if g.mailing {
			return cmp.Or(g.byMail.code, "123456")
		}
		return cmp.Or(g.bySMS.code, "123456")
	}
	return ""
}

// letters is a text of at least least and at most most ASCII letters.
func (g *generator) letters(least, most int) string {
	b := make([]byte, least+g.IntN(max(most-least, 0)+1))
	for i := range b {
		b[i] = byte('a' + g.IntN(26))
	}
	return string(b)
}

// learn remembers the values in an answer's data.
func (g *generator) learn(data json.RawMessage) {
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil {
		return
	}
	for _, name := range sorted(fields) {
		var value string
		switch v := fields[name].(type) {
		case string:
			value = v
		case float64:
			value = strconv.FormatFloat(v, 'f', -1, 64)
		}
		if value != "" {
			g.keep(name, value)
		}
	}
	if id, ok := fields["id"].(float64); ok {
		g.keep("invite_id", strconv.FormatFloat(id, 'f', -1, 64))
	}
}

func (g *generator) keep(name, value string) {
	if kept := g.seen[name]; len(kept) < 64 {
		g.seen[name] = append(kept, value)
	} else {
		kept[g.IntN(len(kept))] = value
	}
}

func quote(s string) string { return jsonOf(s) }

// jsonOf is a value as JSON, with its text as it is.
func jsonOf(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
