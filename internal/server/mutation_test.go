package server_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// oddTexts are valid by every schema without a pattern or bounds. Such texts have broken other services.
var oddTexts = []string{
	"", " ", "a", "\t\r\n", "\u00a0", "\u3000", "0", "-1", "null", "undefined", "true", "[]", "{}",
	"\u0001", "\u001f", "\u007f", "\u0085", "\u2028\u2029", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\U0010ffff",
	"\u200b", "\u200d", "\u00ad", "\u202eevil", "\u2066a\u2069", "\u3164", "\U000e0041", "a" +
		strings.Repeat("\u0301", 60),
	"ａｌｉｃｅ", "аlice", "αlice", "\u212aelvin", "ſmith", "admın", "straße", "ς", "ﷺ", "ﬁ", "Ⅳ", "né", "ne\u0301", "한글",
	"👩\u200d👩\u200d👧", "名", "ab\u0600",
	"' OR 1=1; --", `{"$gt":""}`, "*)(uid=*", "{{7*7}}", "%s%n%x", "%00", "${jndi:ldap://x/a}", "=1+1", "<script>",
	"../../etc/passwd", `\`, `"`,
	"a@b.co\r\nBcc: c@d.co", "a@[127.0.0.1]", `"a b"@example.com`, "a@例え.jp", "a@b", "@", "a@b@c.co",
	"javascript:alert(1)", "//x.example/a", "http://", "data:,x",
	"+", "+0", "+8613800138000", "138", "010-12345678", "+1 900 555 0100", "+881612345678", "１３８００１３８０００",
	"13800138000;ext=1", "000000", "１２３４５６", " 123456 ", "12345", "1234567",
}

// mutation spoils a draft in one way. It returns a description and the new promise of the
// draft, or "" if it does not apply.
type mutation func(g *generator, t target, d *draft) (string, promise)

// mutations are the ways to go wrong. Those at the front are about fields.
var mutations = []mutation{
	dropField, oddField, oddField, wrongType, wrongType, bounds, bounds, forbidden, brokenText, twice, renamed,
	unknownField,
	surgery, surgery, padded, mediaType, oddParameter, oddParameter, oddHeader, oddQuery, oddToken, elsewhere,
}

// spoil applies one to three mutations.
func (g *generator) spoil(t target, d *draft) {
	for range 1 + g.IntN(3) {
		for range 8 {
			what, p := pick(g, mutations)(g, t, d)
			if what != "" {
				d.spoil(what, p)
				break
			}
		}
	}
}

// field picks a property whose schema fits and whose member is not changed yet. It returns the
// member, which it adds to the body if it is missing, or nil if there is no such property.
func (g *generator) field(t target, d *draft, likes func(*openapi3.Schema) bool) (*member, *openapi3.Schema) {
	if t.body == nil || d.raw != nil {
		return nil, nil
	}
	var names []string
	for _, name := range sorted(t.body.Properties) {
		if !d.touched[quote(name)] && likes(t.body.Properties[name].Value) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	name := pick(g, names)
	at := slices.IndexFunc(d.members, func(m member) bool { return m.name == quote(name) })
	if at < 0 {
		at = len(d.members)
		d.members = append(d.members, member{quote(name), `""`})
	}
	d.touched[quote(name)] = true
	return &d.members[at], t.body.Properties[name].Value
}

func isText(s *openapi3.Schema) bool { return s.Type.Is(openapi3.TypeString) }

// untouched picks the place of a member that nothing has been done to yet, -1 for none.
func (g *generator) untouched(d *draft) int {
	var at []int
	for i, m := range d.members {
		if !d.touched[m.name] && d.raw == nil {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return -1
	}
	i := pick(g, at)
	d.touched[d.members[i].name] = true
	return i
}

func dropField(g *generator, _ target, d *draft) (string, promise) {
	at := g.untouched(d)
	if at < 0 {
		return "", fits
	}
	what := "dropped " + d.members[at].name
	d.members = slices.Delete(d.members, at, at+1)
	return what, unsure
}

// keeps returns what the contract promises about a text.
func keeps(s *openapi3.Schema, text string) promise {
	length := uint64(len([]rune(text)))
	switch {
	case s.MaxLength != nil && length > *s.MaxLength, length < s.MinLength:
		return breaks
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text):
		return breaks
	case s.Format != "" && s.Format != "password":
		return unsure
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, any(text)):
		return breaks
	}
	return fits
}

func oddField(g *generator, t target, d *draft) (string, promise) {
	m, s := g.field(t, d, isText)
	if m == nil {
		return "", fits
	}
	text := pick(g, oddTexts)
	if old := strings.Trim(m.value, `"`); g.once(3) && !strings.Contains(old, `\`) {
		text = pick(g, []string{old + text, text + old, strings.ToUpper(old), " " + old + " "})
	}
	m.value = quote(text)
	return "odd " + m.name, keeps(s, text)
}

// oddLiterals are values of each type. None of them is valid for a field of another type.
var oddLiterals = map[string][]string{
	openapi3.TypeString:  {`"1"`, `"true"`, `"null"`},
	openapi3.TypeInteger: {"0", "1", "-1", "9007199254740993"},
	openapi3.TypeBoolean: {"true", "false"},
	"of no schema": {
		"null", "{}", "[]", `["x"]`, `{"x":"y"}`, "-0", "0.0", "1.0", "1e2", "1E400", "1e-400",
		"123456789012345678901234567890",
		"-9223372036854775809", "9223372036854775808", "0.1", "[[[[]]]]", `[null]`, `{"a":{"b":1}}`,
	},
}

func wrongType(g *generator, t target, d *draft) (string, promise) {
	kind := pick(g, sorted(oddLiterals))
	m, s := g.field(t, d, func(s *openapi3.Schema) bool { return !s.Type.Is(kind) })
	if m == nil {
		return "", fits
	}
	m.value = pick(g, oddLiterals[kind])
	switch {
	case m.value == "null" && s.Nullable:
		return "null for " + m.name, fits
	case s.Type.Is(openapi3.TypeObject) && strings.HasPrefix(m.value, "{"):
		return "members for " + m.name, fits
	}
	return "type of " + m.name, breaks
}

// bounds goes up to a bound of a schema, or beyond it.
func bounds(g *generator, t target, d *draft) (string, promise) {
	m, s := g.field(t, d, func(s *openapi3.Schema) bool { return s.MaxLength != nil || s.Min != nil && s.Max != nil })
	switch {
	case m == nil:
		return "", fits
	case s.MaxLength == nil:
		n := pick(g, []float64{*s.Min - 1, *s.Min, *s.Max, *s.Max + 1})
		m.value = jsonOf(int64(n))
		if n < *s.Min || n > *s.Max {
			return "beyond " + m.name, breaks
		}
		return "bound of " + m.name, fits
	}
	unit := pick(g, []string{"a", "名", "😀", "7", "a@", "-", " "})
	length := pick(g, []int{1, int(s.MinLength), int(*s.MaxLength) - 1, int(*s.MaxLength), int(*s.MaxLength) + 1, 4000})
	text := string([]rune(strings.Repeat(unit, length))[:max(length, 0)])
	m.value = quote(text)
	if len(d.text()) > 16<<10 {
		return "length of " + m.name, breaks
	}
	return "length of " + m.name, keeps(s, text)
}

func forbidden(g *generator, t target, d *draft) (string, promise) {
	m, _ := g.field(t, d, isText)
	if m == nil {
		return "", fits
	}
	m.value = pick(g, []string{`"\u0000"`, `"a\u0000b"`, `"13800138000\u0000"`, `"\u0000\u0000"`})
	return "NUL in " + m.name, breaks
}

func brokenText(g *generator, t target, d *draft) (string, promise) {
	m, _ := g.field(t, d, isText)
	if m == nil {
		return "", fits
	}
	m.value = `"a` + pick(g, []string{`\ud800`, `\udc00`, `\ud800\ud800`, "\xff", "\xc0\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", `\x`, `\u12`, "\x00", "\n", "\x1f"}) + `b"`
	return "no text in " + m.name, breaks
}

func twice(g *generator, _ target, d *draft) (string, promise) {
	at := g.untouched(d)
	if at < 0 {
		return "", fits
	}
	again := d.members[at]
	if g.once(2) {
		again.name = `"\u00` + strings.ToLower(hex2(again.name[1])) + again.name[2:] // the same name, spelt otherwise
	}
	d.members, d.touched[again.name] = append(d.members, again), true
	return "twice " + again.name, breaks
}

func hex2(b byte) string { return string("0123456789ABCDEF"[b>>4]) + string("0123456789ABCDEF"[b&15]) }

func renamed(g *generator, _ target, d *draft) (string, promise) {
	at := g.untouched(d)
	if at < 0 {
		return "", fits
	}
	m := &d.members[at]
	old := m.name
	m.name = pick(g, []string{
		strings.ToUpper(old), strings.Replace(old, "s", "ſ", 1), strings.ReplaceAll(old, "_", ""), `"` +
			strings.ToUpper(old[1:2]) + old[2:], `" ` + old[1:], old[:len(old)-1] + ` "`,
	})
	if m.name == old {
		m.name = `"x-` + old[1:]
	}
	d.touched[m.name] = true
	return "renamed " + old, breaks
}

func unknownField(g *generator, _ target, d *draft) (string, promise) {
	if !d.bodied || d.raw != nil {
		return "", fits
	}
	name := pick(g, []string{"id", "is_admin", "status", "password_hash", "__proto__", "constructor", "", " ", "用户",
		"a\u0000b", "x." + g.letters(1, 8), strings.Repeat("n", 300), "\U0010ffff"})
	d.touched[quote(name)] = true
	d.members = slices.Insert(d.members, g.IntN(len(d.members)+1),
		member{quote(name), pick(g, []string{"1", `"x"`, "null", "{}", "[1,2,3]"})})
	return "unknown field", breaks
}

// surgery changes the JSON text of the body as a whole.
func surgery(g *generator, _ target, d *draft) (string, promise) {
	if !d.bodied || d.raw != nil {
		return "", fits
	}
	text := d.text()
	what, p := "", breaks
	switch g.IntN(10) {
	case 0:
		text, what = pick(g, []string{"\ufeff\ufeff", " \ufeff", "\xff\xfe", ")]}',\n", "\x00"})+text, "garbage in front"
	case 1:
		text, what = text+pick(g, []string{"x", "{}", ",", "\x00", "\ufeff", "//", "}"}), "garbage behind"
	case 2:
		text, what = text[:1+g.IntN(len(text)-1)], "cut off"
	case 3:
		text, what = pick(g, []string{"[" + text + "]", "null", "1", `"x"`, "true", "[]", "'a'", "{a:1}", "{'a':1}", `{"a"}`,
			`{"a":}`, `{,}`, "{", "NaN"}), "no object"
	case 4:
		text, what = `{"x":`+strings.Repeat("[", 1+g.IntN(4000)), "deep"
	case 5:
		text, what = "{"+strings.Repeat(`"x":1,`, 65+g.IntN(2000))+`"x":1}`, "many members"
	case 6:
		text, what = strings.Replace(text, ",", ",,", 1)+" ,", "commas"
	case 7:
		b := []byte(text)
		b[g.IntN(len(b))] ^= 1 << g.IntN(8)
		text, what, p = string(b), "a bit flipped", unsure
	case 8:
		text, what, p = pick(g, []string{"", "{}", " {} "}), "empty", unsure
	case 9:
		text, what = text+strings.Repeat(pick(g, []string{" ", "x"}), 16<<10+g.IntN(1<<15)), "too large"
	}
	if p == unsure {
		d.promise = unsure // the change may have removed an earlier mistake
	}
	d.raw = &text
	return what, p
}

// padded sends the same body in another way: with a byte order mark, in chunks, or with white space
// around it.
func padded(g *generator, _ target, d *draft) (string, promise) {
	if !d.bodied {
		return "", fits
	}
	text := d.text()
	marked := strings.HasPrefix(text, "\ufeff") // the mark is ignored at the very beginning, once
	switch room := 16<<10 - len(text); {
	case g.once(4) && !marked && room >= len("\ufeff"):
		text = "\ufeff" + text
		d.raw = &text
		return "byte order mark", fits
	case g.once(2):
		d.chunked = true
		return "chunked", fits
	case room < 0 || marked:
		return "", fits
	default:
		text = " \r\n\t" + text + "\n"
		if room = 16<<10 - len(text); room > 0 && g.once(2) {
			text += strings.Repeat(" ", room) // exactly the limit
		}
		if len(text) > 16<<10 {
			return "", fits
		}
		d.raw = &text
		return "white space", fits
	}
}

func mediaType(g *generator, _ target, d *draft) (string, promise) {
	if d.text() == "" || d.touched["Content-Type"] {
		return "", fits
	}
	d.touched["Content-Type"] = true
	if g.once(3) {
		d.header.Set("Content-Type", pick(g, []string{
			"application/json; charset=utf-8", "APPLICATION/JSON", "application/json; charset=UTF8",
			`application/json;charset="UTF-8"`, "application/json; x=y", " application/json ",
		}))
		return "media type", fits
	}
	switch wrong := pick(g, []string{
		"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; " +
			"charset=utf-16", "application/problem+json",
		"application/json, text/plain", "application/*", "*/*", "json", "", "application/json; charset=", "\xff",
		strings.Repeat("a", 5000), "gzip", "twice",
	}); wrong {
	case "gzip":
		d.header.Set("Content-Encoding", pick(g, []string{"gzip", "br", "deflate", "identity, gzip", "", "zstd"}))
	case "twice":
		d.header.Add("Content-Type", "application/json")
		d.header.Add("Content-Type", "application/json")
	default:
		d.header["Content-Type"] = []string{wrong}
	}
	return "wrong media type", breaks
}

// oddHeaderValues are what http.Client lets through.
var oddHeaderValues = []string{
	"", " ", "a", "0", "-1", "+1", "01", "1.0", "1e3", "0x1", "1,1", "１", "2147483648", "9223372036854775808",
	"99999999999999999999", "null", "true", `"`, `""`, `"a`,
	"\xff", "\xc3\xa9", "名", "*", ";;;", "zh-CN,en;q=0.5", "en;q=", "q=1", "a\tb", "%00", "../", "<x>", "' OR 1=1",
	strings.Repeat("x", 66), strings.Repeat("x", 1025),
	strings.Repeat("a-", 500), strings.Repeat("en,", 400), strings.Repeat("x", 8000),
}

// oddParameter spoils a parameter that the contract names.
func oddParameter(g *generator, t target, d *draft) (string, promise) {
	if len(t.params) == 0 {
		return "", fits
	}
	p := pick(g, t.params)
	if d.touched[p.Name] {
		return "", fits
	}
	d.touched[p.Name] = true
	if p.In != openapi3.ParameterInHeader {
		g.put(d, p, pick(g, oddTexts)) // perhaps for the second time
		return "odd " + p.Name, unsure
	}
	key := http.CanonicalHeaderKey(p.Name)
	if g.once(5) {
		d.header[key] = []string{pick(g, oddHeaderValues), pick(g, oddHeaderValues)}
		return "two of " + p.Name, unsure
	}
	value := pick(g, oddHeaderValues)
	d.header[key] = []string{value}
	if s := p.Schema.Value; s.MaxLength != nil && len([]rune(value)) > int(*s.MaxLength) {
		return "long " + p.Name, breaks
	}
	return "odd " + p.Name, unsure
}

// oddHeader adds headers that the contract does not name and that the service must
// therefore ignore.
func oddHeader(g *generator, _ target, d *draft) (string, promise) {
	name := pick(g, []string{
		"X-Request-Id", "X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto", "Cookie",
		"Accept", "Accept-Charset", "Origin", "Referer",
		"Range", "If-None-Match", "If-Modified-Since", "X-Http-Method-Override", "Te", "Via", "Traceparent",
		"Content-Language", "User-Agent", "Pragma",
	})
	for range 1 + g.IntN(3) {
		d.header.Add(name, pick(g, oddHeaderValues))
	}
	return name, fits
}

func oddQuery(g *generator, t target, d *draft) (string, promise) {
	harmless := []string{"", "a=1", "a=1&a=2", "%00", "a[]=1", "&&&", "user_name=x&password=y", "token=x", "%ff",
		"a=" + strings.Repeat("x", 6000), "名=1", "Site-Id=x", "SITE_ID=x", "site_id[]=2"}
	odd := pick(g, append(harmless, "%", "%zz", ";", "site_id=x", "site_id=-1", "site_id=1&site_id=1"))
	d.ask(odd)
	switch {
	case slices.ContainsFunc(t.params, func(p *openapi3.Parameter) bool { return p.In == openapi3.ParameterInQuery }):
		return "query", unsure
	case !strings.HasPrefix(t.path, "/api/") || slices.Contains(harmless, odd):
		return "query", fits
	}
	return "query", breaks // of x-api-parameters
}

// oddToken sends an invalid token.
func oddToken(g *generator, t target, d *draft) (string, promise) {
	good := "a.b.c"
	if tokens := g.seen["token"]; len(tokens) > 0 {
		good = pick(g, tokens)
	}
	flipped := []byte(good)
	flipped[len(flipped)/2] ^= 1
	bad := pick(g, []string{
		"", "a", "a.b.c", "..", "null", string(flipped), good + ".", "." + good, good[:len(good)-4], "eyJhbGciOiJub25lIn0." +
			good, "eyJhbGciOiJub25lIn0.e30.", strings.Repeat("a.", 4000), "\xff.\xff.\xff",
	})
	d.header.Del("Token")
	d.header.Del("Authorization")
	if !t.secured || t.optional {
		d.header.Set("Token", bad)
		return "token", fits
	}
	g.carry(d, pick(g, *t.Security), bad)
	if g.once(4) {
		g.carry(d, pick(g, *t.Security), bad+"x")
	}
	return "bad token", breaks
}

// elsewhere changes the path or the method to one that the contract may not have.
func elsewhere(g *generator, _ target, d *draft) (string, promise) {
	if g.once(2) {
		d.method = pick(g, []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "get",
			"PROPFIND"})
		return "method", unsure
	}
	p := d.path
	d.path = pick(g, []string{
		p + "/", "/" + p, strings.ToUpper(p), strings.Replace(p, "a", "%61", 1), p + ".json", p + "%2f", p + "%00", p +
			";x=1", strings.Replace(p, "/", "//", 1), "/", "/api", "/api/" + g.letters(1, 12),
		p + "/..", "/.git/config", "/" + strings.Repeat("a", 5000), "/%ff", "/openapi.yaml", "/docs/", p + "/" +
			g.letters(1, 5),
	})
	return "path", unsure
}
