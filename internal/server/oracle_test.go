package server_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestOracle: a registration is accepted if and only if the schema and the policy that the contract
// describes accept it (ASVS 2.2.1). The oracle is a second, short implementation of both. 2,000
// bodies in `make test`, 100,000 in `make fuzz`.
func TestOracle(t *testing.T) {
	t.Parallel()
	seed := seed()
	for first := 0; first < *fuzzRequests; first += perCampaign {
		t.Run(fmt.Sprint(first/perCampaign), func(t *testing.T) {
			t.Parallel()
			o := &oracle{deployment: deploy(t, options{}), Rand: rand.New(rand.NewPCG(seed, uint64(first))),
				taken: map[string]bool{}}
			accepted := 0
			n := min(perCampaign, *fuzzRequests-first)
			for range n {
				b := o.body()
				want := o.accepts(b)
				a := o.post("/api/register", b)
				if a.status >= 500 || (a.status == 200) != want {
					t.Fatalf("seed %d, campaign %d: the oracle says %t\n%v\n%d %s", seed, first/perCampaign, want, b, a.status, a.body)
				}
				if want {
					accepted++
					for _, field := range []string{"user_name", "email"} {
						o.taken[strings.ToLower(fmt.Sprint(field, b[field]))] = true
					}
					o.code = ""
				}
			}
			// An oracle that always says yes, or always no, would be useless.
			if accepted < n/10 || accepted > n*9/10 {
				t.Errorf("%d of %d were accepted", accepted, n)
			}
			if users := o.count("users"); users != accepted {
				t.Errorf("%d users of %d acceptances", users, accepted)
			}
		})
	}
}

// oracle makes bodies and knows which of them must be accepted.
type oracle struct {
	*deployment
	*rand.Rand
	taken       map[string]bool
	phone, code string // the last code that was sent, "" once it is spent
	serial      int
}

// body returns a body with a random choice of fields. Their values are valid or invalid by a little.
func (o *oracle) body() body {
	b := body{}
	put := func(name string, value any) {
		if o.IntN(6) > 0 {
			b[name] = value
		}
	}
	if o.IntN(3) == 0 {
		if o.code == "" {
			o.serial++
			o.phone = fmt.Sprintf("138%04d%04d", o.serial, o.IntN(10000))
			o.code = o.deployment.code(o.phone, "register")
		}
		put("phone", o.one(o.phone, o.phone, "+86 "+o.phone, "", o.phone+"0", o.phone[:10]))
		put("code", o.one(o.code, o.code, o.code, "", o.code[:5], o.code+"0"))
	}
	put("user_name", o.text("abcdxyz", "ABCD269_.-", o.length(2, 32)))
	put("password", o.text("abcdefghijklmnop 密码", "12345é\u0301", o.length(8, 128)))
	if o.IntN(3) == 0 {
		put("email", o.text("abcdxyz", "269+_.", o.length(2, 64))+o.one("@", "@", "@", "@", "@", "@", "", "@@")+
			o.text("abcdxyz", "269.", o.length(2, 63))+o.one(".com", ".com", ".例子", ".", ".c om"))
		put("real_name", o.text("ab 名", "'<é", o.length(1, 64))+o.one("", "", "", "\t"))
		put("avatar_url", o.one("a.webp", "/a.webp", "https://example.com/a.webp", "", "javascript:x",
			"//example.com/a", "a/../b"))
		put("invite_id", []any{0, 0, 0, 0, 0, -1, 1.5, "1", 1 << 53, 999_999}[o.IntN(10)])
	}
	if o.IntN(12) == 0 {
		put(o.one("no_such_field", "User_name", "status", "real_name", "email"),
			[]any{"x", 1, nil, true, "a\x00b"}[o.IntN(5)])
	}
	return b
}

func (o *oracle) one(of ...string) string { return of[o.IntN(len(of))] }

// length is mostly within its bounds, and often next to them.
func (o *oracle) length(least, most int) int {
	if o.IntN(8) == 0 {
		return []int{least - 1, most + 1}[o.IntN(2)]
	}
	return []int{least, most, least + o.IntN(most-least), least + o.IntN(min(9, most-least))}[o.IntN(4)]
}

// text has n characters, the common ones more often.
func (o *oracle) text(common, seldom string, n int) string {
	var b strings.Builder
	for range n {
		from := []rune(common)
		if o.IntN(8*n) < 6 {
			from = []rune(seldom)
		}
		b.WriteRune(from[o.IntN(len(from))])
	}
	return b.String()
}

var (
	userNames = regexp.MustCompile(`^[A-Za-z0-9]+([_.-][A-Za-z0-9]+)*$`)
	emails    = regexp.MustCompile(`^[a-z0-9+_-]+(\.[a-z0-9+_-]+)*@([a-z0-9]+\.)+(com|例子)$`)
	emailSize = regexp.MustCompile(`^.{1,64}@([^.]{1,63}\.)+[^.]{1,63}$`)
	avatars   = []string{"", "a.webp", "/a.webp", "https://example.com/a.webp"}
)

// accepts reports whether the contract accepts a body.
func (o *oracle) accepts(b body) bool {
	text := map[string]string{}
	for name, value := range b {
		s, ok := value.(string)
		switch name {
		case "invite_id", "user_name", "password", "real_name", "avatar_url", "email", "phone", "code":
			if value == nil {
				continue // not given
			}
		}
		switch name {
		case "invite_id":
			if n, whole := value.(int); !whole || n != 0 {
				return false // no existing user was given as the inviter
			}
			continue
		case "user_name", "password", "real_name", "avatar_url", "email", "phone", "code":
		default:
			return false
		}
		if !ok || strings.Contains(s, "\x00") {
			return false
		}
		text[name] = s
	}
	name, word, email := text["user_name"], text["password"], text["email"]
	byPhone := text["phone"] != "" && text["code"] != ""
	byName := name != "" && word != "" && text["phone"] == "" && text["code"] == ""
	if !byPhone && !byName {
		return false
	}
	is := func(given string, good bool) bool { return given == "" || good }
	characters := utf8.RuneCountInString(strings.NewReplacer("e\u0301", "é", "a\u0301", "á", "i\u0301", "í", "o\u0301",
		"ó", "é\u0301", "é\u0301",
		"c\u0301", "ć", "g\u0301", "ǵ", "k\u0301", "ḱ", "l\u0301", "ĺ", "m\u0301", "ḿ", "n\u0301", "ń", "p\u0301",
		"ṕ").Replace(word)) // NFC
	real := []rune(text["real_name"])
	return is(name, userNames.MatchString(name) && len(name) >= 2 && len(name) <= 32 &&
		strings.Trim(name, "0123456789_.-") != "" && !o.taken["user_name"+strings.ToLower(name)]) &&
		is(word, characters >= 8 && characters <= 128 && word != name) &&
		is(email, emails.MatchString(email) && emailSize.MatchString(email) && !o.taken["email"+email]) &&
		is(text["real_name"], len(real) <= 64 && strings.TrimSpace(text["real_name"]) != "" &&
			!strings.Contains(text["real_name"], "\t")) &&
		strings.Contains("|"+strings.Join(avatars, "|")+"|", "|"+text["avatar_url"]+"|") &&
		(!byPhone || strings.TrimPrefix(text["phone"], "+86 ") == o.phone && text["code"] == o.code)
}
