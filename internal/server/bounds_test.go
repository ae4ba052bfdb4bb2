package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"golang.org/x/text/unicode/norm"
)

// bound is a text for a field of a registration, and the reason of the field that refuses
// it, "" for none.
type bound struct{ field, text, reason string }

// atBounds are texts at the bounds of the contract. A text with a reason breaks them, and a
// text without one keeps them.
var atBounds = []bound{
	{"user_name", "ab", ""},
	{"user_name", strings.Repeat("ab", 16), ""},
	{"user_name", "a", "user_name_too_short"},
	{"user_name", strings.Repeat("a", 33), "user_name_too_long"},
	{"user_name", strings.Repeat("a", 1024), "user_name_too_long"},
	{"user_name", "a b", "user_name_character"},
	{"user_name", "a@b", "user_name_character"},
	{"user_name", "名字", ""},
	{"user_name", norm.NFD.String(strings.Repeat("ế", 32)), ""},
	{"user_name", norm.NFD.String(strings.Repeat("ế", 43)), "user_name_too_long"},
	{"password", "12345 ab", ""},
	{"password", "1234567", "password_too_short"},
	{"password", "\u0958\u0959\u095a\u095b", "password_too_short"}, // 8 characters in NFC, typed as 4
	{"password", "密码密码密码密", "password_too_short"},
	{"password", "密码密码密码密码", ""},
	{"password", norm.NFD.String(strings.Repeat("ᾂ", 128)), ""},
	{"password", strings.Repeat("a", 513), "password_too_long"},
	{"password", strings.Repeat("a", 4096), "password_too_long"},
	{"real_name", strings.Repeat("a", 64), ""},
	{"real_name", strings.Repeat("a", 65), "real_name_invalid"},
	{"real_name", norm.NFD.String(strings.Repeat("ᾂ", 64)), ""},
	{"real_name", norm.NFD.String(strings.Repeat("ᾂ", 65)), "real_name_invalid"},
	{"real_name", "a\tb", "real_name_invalid"},
	{"first_name", strings.Repeat("a", 65), "real_name_invalid"},
	{"last_name", strings.Repeat("a", 64), ""},
	{"last_name", "a\tb", "real_name_invalid"},
	{"avatar_url", "/" + strings.Repeat("a", 2047), ""},
	{"avatar_url", "/" + strings.Repeat("a", 2048), "avatar_url_invalid"},
	{"avatar_url", "/a b", "avatar_url_invalid"},
	{"avatar_url", `/a\b`, "avatar_url_invalid"},
	{"email", "a!#$%&'*+-/=?^_`{|}~.b@a-b.example", ""},
	{"email", "a@例子.公司", ""},
	{"email", "a", "email_invalid"},
	{"email", "a b@example.com", "email_invalid"},
	{"email", "a@b_c.example", "email_invalid"},
	{"email", strings.Repeat("a", 65) + "@example.com", "email_too_long"},
	{"email", "a@" + strings.Repeat("a.", 127) + "example", "email_too_long"},
	{"email", strings.Repeat("名", 1024), "email_too_long"},
	{"phone", "+86 (138)-0013.8000", ""},
	{"phone", "tel:+86-138-0013-8000", ""},
	{"phone", "１３８００１３８０００", ""},
	{"phone", "13800138000x", "phone_invalid"},
	{"phone", "+" + strings.Repeat("1", 32), "phone_invalid"},
	{"phone", strings.Repeat("1", 256), "phone_invalid"},
}

// TestBounds: a text that breaks the bounds of the contract is refused with the reason of
// its field, and not for its form; one that keeps them is accepted.
func TestBounds(t *testing.T) {
	t.Parallel()
	schema := book.doc.Components.Schemas["RegisterRequest"].Value
	for _, b := range atBounds {
		t.Run(b.field+" "+brief(b.text[:min(len(b.text), 24)]), func(t *testing.T) {
			t.Parallel()
			if keeps := schema.Properties[b.field].Value.VisitJSON(b.text) == nil; keeps != (b.reason == "") {
				t.Fatalf("by the contract %q is %t, want %t", b.text, keeps, b.reason == "")
			}
			d := deploy(t, options{})
			with := alice.with(b.field, b.text)
			if b.field == "phone" {
				code := "123456"
				if b.reason == "" {
					code = d.code(b.text, "register")
				}
				with = with.with("code", code)
			}
			a := d.post("/api/register", with)
			if b.reason == "" {
				a.is(t, http.StatusOK, "")
				return
			}
			a.is(t, http.StatusUnprocessableEntity, b.reason, b.field+" "+b.reason)
		})
	}
}

// TestCodeBounds: characters that were pasted around the six digits are ignored. The contract
// forbids a text without six digits, too.
func TestCodeBounds(t *testing.T) {
	t.Parallel()
	schema := book.doc.Components.Schemas["RegisterRequest"].Value.Properties["code"].Value
	d := deploy(t, options{})
	code := d.code("13800138000", "register")
	try := func(text string, keeps bool) answer {
		if got := schema.VisitJSON(text) == nil; got != keeps {
			t.Errorf("by the contract %q is %t, want %t", text, got, keeps)
		}
		return d.post("/api/register", body{"phone": "13800138000", "code": text})
	}
	for _, text := range []string{code[:5], code + "1", "code", strings.Repeat("x", 128)} {
		try(text, false).is(d, http.StatusUnprocessableEntity, "code_wrong", "code code_wrong")
	}
	try(strings.Repeat("x", 129), false).is(d, http.StatusBadRequest, "invalid_request", "code too_long")
	pasted := "Example: your code is " + code[:3] + " " + code[3:] + ". Keep it to yourself, and use it soon."
	try(pasted, true).is(d, http.StatusOK, "")
	fullWidth := strings.Map(func(r rune) rune { return r - '0' + '０' }, "123456")
	if schema.VisitJSON(fullWidth) != nil {
		t.Error("the contract refuses full-width digits, which the service reads")
	}
}

// TestIncompleteBodies: the contract says which members are needed together. The service refuses a
// body without them, with the reason of the contract and the missing fields.
func TestIncompleteBodies(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	for _, in := range []struct {
		schema, path, reason string
		body                 map[string]any
		fields               []string
	}{
		{"RegisterRequest", "/api/register", "registration_incomplete", map[string]any{}, []string{"user_name", "password"}},
		{"RegisterRequest", "/api/register", "registration_incomplete",
			map[string]any{"user_name": "alice", "email": "a@example.com"}, []string{"password"}},
		{"RegisterRequest", "/api/register", "registration_incomplete",
			map[string]any{"phone": "13800138000", "password": "MyPassword123"}, []string{"code"}},
		{"LoginRequest", "/api/login", "login_incomplete",
			map[string]any{"user_name": "alice", "remember": true}, []string{"password"}},
		{"LoginRequest", "/api/login", "login_incomplete",
			map[string]any{"user_name": "alice", "code": "123456"}, []string{"phone"}},
	} {
		if book.doc.Components.Schemas[in.schema].Value.VisitJSON(in.body) == nil {
			t.Errorf("the contract allows %v", in.body)
		}
		var errors []string
		for _, field := range in.fields {
			errors = append(errors, field+" required")
		}
		d.post(in.path, jsonOf(in.body)).is(d, http.StatusUnprocessableEntity, in.reason, errors...)
	}
}

// TestEmptyKeepsBounds: no bound of an optional field forbids the empty text, which means
// "not given".
func TestEmptyKeepsBounds(t *testing.T) {
	t.Parallel()
	for name, schema := range book.doc.Components.Schemas {
		if !strings.HasSuffix(name, "Request") {
			continue
		}
		for field, property := range schema.Value.Properties {
			if isText(property.Value) && property.Value.Nullable {
				if err := property.Value.VisitJSON(""); err != nil {
					t.Errorf("%s.%s: %v", name, field, err)
				}
			}
		}
	}
}

// otherBounds are fields of requests whose bounds differ from those of a registration, or of the other requests that
// have them, with the reason.
var otherBounds = map[string]string{
	"LoginRequest.user_name":     "an email or a phone may be typed there, and a wrong one has one answer",
	"LoginRequest.email":         "a wrong one has one answer",
	"LoginRequest.password":      "the rule may have been another one when it was chosen",
	"DeletionRequest.password":   "the rule may have been another one when it was chosen",
	"PasswordResetRequest.email": "a wrong one has one answer",
	"RegisterRequest.state":      "a text of the client, which it gets back; elsewhere what a code is for",
	"EmailConfirmRequest.state":  "only mails for verify have a link",
}

// TestOneBound: a field has the same bounds in each request, so that a client checks it once. A required text differs
// in what it says of the empty text.
func TestOneBound(t *testing.T) {
	t.Parallel()
	bounds := func(s *openapi3.Schema) string {
		longest := uint64(0)
		if s.MaxLength != nil {
			longest = *s.MaxLength
		}
		return fmt.Sprint(s.Type.Slice(), s.Format, s.Enum, longest, s.Extensions["x-read-up-to"],
			strings.TrimSuffix(strings.TrimSuffix(s.Pattern, "$"), "?"))
	}
	first := map[string]string{}
	names := slices.Concat([]string{"RegisterRequest"}, slices.Sorted(maps.Keys(book.doc.Components.Schemas)))
	for _, name := range names {
		if !strings.HasSuffix(name, "Request") {
			continue
		}
		for field, property := range book.doc.Components.Schemas[name].Value.Properties {
			got, place := bounds(property.Value), name+"."+field
			want, known := first[field]
			_, other := otherBounds[place]
			switch {
			case other && got == want:
				t.Errorf("%s has the bounds of the others and is listed as different", place)
			case other:
			case !known:
				first[field] = got
			case got != want:
				t.Errorf("%s: %s, elsewhere %s", place, got, want)
			}
		}
	}
}
