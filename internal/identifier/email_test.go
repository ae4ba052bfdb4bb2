package identifier_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/enroll-project/enroll/internal/identifier"
)

func TestEmails(t *testing.T) {
	t.Parallel()
	local64, label63 := strings.Repeat("l", 64), strings.Repeat("d", 63)
	longest := local64 + "@" + label63 + "." + label63 + "." + strings.Repeat("d", 57) + ".com" // 254 octets
	for _, tt := range []struct{ in, display, address, key string }{
		{"newuser@example.com", "newuser@example.com", "newuser@example.com", "newuser@example.com"},
		{"A@Example.com", "A@Example.com", "A@example.com", "a@example.com"},
		{"first.last+tag@sub.example.co.uk", "first.last+tag@sub.example.co.uk", "first.last+tag@sub.example.co.uk",
			"first.last+tag@sub.example.co.uk"},
		{"first.last@gmail.com", "first.last@gmail.com", "first.last@gmail.com", "first.last@gmail.com"}, // dots stay
		{"12345@qq.com", "12345@qq.com", "12345@qq.com", "12345@qq.com"},
		{"o'brien!#$%&*-/=?^_`{|}~@x-y.org", "o'brien!#$%&*-/=?^_`{|}~@x-y.org", "o'brien!#$%&*-/=?^_`{|}~@x-y.org",
			"o'brien!#$%&*-/=?^_`{|}~@x-y.org"},
		{"a@1.2x", "a@1.2x", "a@1.2x", "a@1.2x"},
		{"a@例子.中国", "a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s", "a@xn--fsqu00a.xn--fiqs8s"},
		{"a@xn--fsqu00a.xn--fiqs8s", "a@xn--fsqu00a.xn--fiqs8s", "a@xn--fsqu00a.xn--fiqs8s", "a@xn--fsqu00a.xn--fiqs8s"},
		{"a@例子。中国", "a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s", "a@xn--fsqu00a.xn--fiqs8s"},
		{"a@faß.de", "a@faß.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de"},
		{"a@ＥＸＡＭＰＬＥ.com", "a@example.com", "a@example.com", "a@example.com"},
		{"a@exam\u00adple.com", "a@example.com", "a@example.com", "a@example.com"}, // nothing invisible is shown
		{"a@exam\u200bple.com", "a@example.com", "a@example.com", "a@example.com"},
		{"a@аpple.com", "a@аpple.com", "a@xn--pple-43d.com", "a@xn--pple-43d.com"}, // a homograph is another mailbox
		{longest, longest, longest, longest},
	} {
		got, err := identifier.ParseEmail(tt.in)
		if want := (identifier.Email{Display: tt.display, Address: tt.address, Key: tt.key}); err != nil || got != want {
			t.Errorf("%q = %q, %v; want %q", tt.in, got, err, want)
		}
	}
}

// TestEmailsRefused has the emails of the corpus of bad input (BI-24 in docs/rules.md), and more.
func TestEmailsRefused(t *testing.T) {
	t.Parallel()
	invalid, tooLong := identifier.ErrEmailInvalid, identifier.ErrEmailTooLong
	label63 := strings.Repeat("d", 63)
	for in, want := range map[string]error{
		"": invalid, "@": invalid, "a": invalid, "a@": invalid, "@b.co": invalid, "a@b": invalid, "a@localhost": invalid,
		"a@@b.co": invalid, "a@b@c.co": invalid,
		`"a b"@b.co`: invalid, `"a"@b.co`: invalid, "a(x)@b.co": invalid, "a@b.co(x)": invalid, "A <a@b.co>": invalid,
		"<a@b.co>": invalid, "mailto:a@b.co": invalid,
		"a@[127.0.0.1]": invalid, "a@[IPv6:::1]": invalid, "a@127.0.0.1": invalid, "a@b.1": invalid,
		".a@b.co": invalid, "a.@b.co": invalid, "a..b@b.co": invalid, "a b@b.co": invalid, "a,b@b.co": invalid,
		`a\@b.co`: invalid,
		"a@b.co.": invalid, "a@.b.co": invalid, "a@b..co": invalid, "a@-b.co": invalid, "a@b-.co": invalid,
		"a@b_c.co": invalid, "a@b c.co": invalid, "a@b.c%o": invalid,
		"a@ab--c.com": invalid, "a@xn--a.com": invalid, "a@" + label63 + "d.com": invalid, "a@b/c.com": invalid,
		"a@b:25.com": invalid, "a@例子": invalid,
		" a@b.co": invalid, "a@b.co ": invalid, "a@b.co\n": invalid, "a@b.co\r\nBcc:": invalid,
		"a@b.co\r\nBcc:c@d.co": invalid, "a\r\n@b.co": invalid,
		"a\x00@b.co": invalid, "a@b\x00.co": invalid, "a\x7f@b.co": invalid, "a\xff@b.co": invalid, "a@b\xff.co": invalid,
		"a＠b.co":   invalid,
		"用户@例子.中国": invalid, "é@b.co": invalid, "a\u200b@b.co": invalid, "a\u202e@b.co": invalid, "a@b\u202e.co": invalid,
		"a@b\u2028.co": invalid, "a@😀.co ": invalid,

		strings.Repeat("l", 65) + "@b.co": tooLong,
		// 255 octets
		strings.Repeat("l", 64) + "@" + label63 + "." + label63 + "." + strings.Repeat("d", 58) + ".com": tooLong,
		"a@" + strings.Repeat("d.", 5<<10) + "com":                                                       tooLong,
		// 367 bytes as given, although the form for mail is shorter
		"a@" + strings.Repeat("ｅ", 60) + "." + strings.Repeat("ｅ", 60) + ".com": tooLong,
		// 249 octets as given, and 283 in the form for mail
		strings.Repeat("l", 64) + "@" + strings.Repeat("äöü"+strings.Repeat("d", 33)+".", 4) + "de.example.co": tooLong,
	} {
		if got, err := identifier.ParseEmail(in); !errors.Is(err, want) || got != (identifier.Email{}) {
			t.Errorf("%q = %q, %v; want %v", in, got, err, want)
		}
	}
}

func checkEmail(t *testing.T, in string) {
	t.Helper()
	email, err := identifier.ParseEmail(in)
	if err != nil {
		if email != (identifier.Email{}) {
			t.Fatalf("%q: refused, with %q", in, email)
		}
		return
	}
	if len(in) > identifier.MaxEmail || len(email.Address) > identifier.MaxEmail || len(email.Key) > identifier.MaxEmail {
		t.Fatalf("%q: too long", in)
	}
	for _, form := range []string{email.Display, email.Address, email.Key} {
		if !utf8.ValidString(form) || strings.ContainsFunc(form, hidden) || strings.Count(form, "@") != 1 {
			t.Fatalf("%q: form %+q", in, form)
		}
	}
	if !isPlainASCII(email.Address) || email.Key != strings.ToLower(email.Address) {
		t.Fatalf("%q: %+q", in, email)
	}
	for _, form := range []string{in, email.Display, email.Address, email.Key, strings.ToUpper(email.Key)} {
		if kind := identifier.KindOf(form); kind != identifier.KindEmail {
			t.Fatalf("%q: form %+q is of kind %d", in, form, kind)
		}
		if again, err := identifier.ParseEmail(form); err != nil || again.Key != email.Key {
			t.Fatalf("%q: form %+q is read as %+q, %v", in, form, again, err)
		}
	}
	if _, err := identifier.ParseUserName(email.Key); err == nil {
		t.Fatalf("%q is a user name", email.Key)
	}
}

// hidden reports characters that are invisible or could end a line of a header. The
// joiners are excepted: some scripts need them, and IDNA permits them there.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

func FuzzEmail(f *testing.F) {
	for _, seed := range []string{
		"newuser@example.com", "A@Example.com", "a@例子.中国", "a@xn--fsqu00a.xn--fiqs8s", "a+b@faß.de", "a@b.co\r\nBcc:",
		"a@exam\u00adple.com", "a@\u0627\u06cc\u0631\u0627\u0646.ir", "a@xn--.com",
	} {
		f.Add(seed)
	}
	f.Fuzz(checkEmail)
}

func BenchmarkEmail(b *testing.B) {
	for _, in := range []string{"newuser@example.com", "New.User@Example.com", "a@例子.中国"} {
		b.Run(in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := identifier.ParseEmail(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
