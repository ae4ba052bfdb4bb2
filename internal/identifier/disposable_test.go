package identifier_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"

	"github.com/enroll-project/enroll/internal/identifier"
)

// newDisposableRules returns rules that refuse disposable domains, from lists of entries with spaces between them.
func newDisposableRules(t *testing.T, allowed, denied, spared string) identifier.EmailRules {
	t.Helper()
	rules, err := identifier.NewEmailRules(strings.Fields(allowed), strings.Fields(denied))
	if err != nil {
		t.Fatal(err)
	}
	if rules, err = rules.DenyDisposable(strings.Fields(spared)); err != nil {
		t.Fatal(err)
	}
	return rules
}

// TestDisposable: a listed domain and those below it are refused in every spelling, and no other domain is. An entry
// for the domain itself or for one below it is an exception, and a denied domain stays denied.
func TestDisposable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ allowed, denied, spared, accepted, refused string }{
		{"", "", "", "a@example.com a@xmailinator.example a@amailinator.com a@mailinator.com.cn a@com a@例子.中国 a@duck.com",
			"a@mailinator.com A@Mailinator.COM a@ｍａｉｌｉｎａｔｏｒ.com a@mailinator。com a@b.mailinator.com a@c.B.Mailinator.com " +
				"a@例子.mailinator.com a@xn--fsqu00a.mailinator.com a@0-mailer.dynv6.net a@b.0-mailer.dynv6.net"},
		// The list names domains of people at a provider of names, and not the provider.
		{"", "", "", "a@dynv6.net a@b.dynv6.net", "a@0-mailer.dynv6.net"},
		{"", "", "Mailinator.com", "a@mailinator.com", "a@b.mailinator.com a@guerrillamail.com"},
		{"", "", "*.mailinator.com", "a@b.mailinator.com a@c.b.mailinator.com", "a@mailinator.com"},
		{"", "", "b.mailinator.com", "a@b.mailinator.com", "a@mailinator.com a@c.b.mailinator.com a@d.mailinator.com"},
		{"", "", "*.com", "a@mailinator.com", "a@0-mailer.dynv6.net"},
		{"", "mailinator.com", "mailinator.com", "", "a@mailinator.com"},
		{"*.com mailinator.com", "", "", "a@example.com a@mailinator.com",
			"a@guerrillamail.com a@b.mailinator.com a@b.cn"},
		{"*.mailinator.com", "", "", "a@b.mailinator.com", "a@mailinator.com a@example.com"},
		{"*.b.mailinator.com", "", "", "a@c.b.mailinator.com", "a@b.mailinator.com"},
		{"example.com", "", "mailinator.com", "a@example.com", "a@mailinator.com"},
		{"*.net", "", "", "a@b.dynv6.net", "a@0-mailer.dynv6.net a@b.0-mailer.dynv6.net"},
	} {
		rules := newDisposableRules(t, c.allowed, c.denied, c.spared)
		for _, text := range strings.Fields(c.accepted) {
			if _, err := rules.Parse(text); errors.Is(err, identifier.ErrEmailDomain) {
				t.Errorf("%q, %q, %q: %s: %v", c.allowed, c.denied, c.spared, text, err)
			}
		}
		for _, text := range strings.Fields(c.refused) {
			if _, err := rules.Parse(text); !errors.Is(err, identifier.ErrEmailDomain) {
				t.Errorf("%q, %q, %q: %s: %v", c.allowed, c.denied, c.spared, text, err)
			}
		}
	}
	rules, err := identifier.NewEmailRules(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Parse("a@mailinator.com"); err != nil {
		t.Error("without the rule:", err)
	}
	_, err = rules.DenyDisposable([]string{"example.com", "com"})
	if err == nil || !strings.Contains(err.Error(), `"com"`) {
		t.Error("a malformed exception:", err)
	}
}

// TestDisposableList: each line is a domain in canonical form that is sorted and below no other one, the whole list is
// found, and the list is of the pinned release.
func TestDisposableList(t *testing.T) {
	t.Parallel()
	header, lines := identifier.DisposableDomains()
	pins, err := os.ReadFile("disposable_requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	pin := regexp.MustCompile(`(?m)^(\S+)==(\S+) `).FindStringSubmatch(string(pins))
	if pin == nil || !strings.HasPrefix(header, "# "+pin[1]+" "+pin[2]+" of 20") {
		t.Errorf("the list is of %q, the pinned release is %q", header, pin)
	}
	if len(lines) < 10_000 || !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
		t.Errorf("%d lines, which are not sorted, have duplicates or are too few", len(lines))
	}
	page, err := os.ReadFile("disposable.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := newDisposableRules(t, "", "", "")
	set := map[string]bool{}
	for _, domain := range lines {
		set[domain] = true
		email, err := identifier.ParseEmail("a@" + domain)
		if err != nil || email.Key != "a@"+domain {
			t.Errorf("%q is not canonical: %+v, %v", domain, email, err)
		}
		if err := rules.Check(email); !errors.Is(err, identifier.ErrEmailDomain) {
			t.Errorf("%s: %v", domain, err)
		}
	}
	for _, domain := range lines {
		for _, above, ok := strings.Cut(domain, "."); ok; _, above, ok = strings.Cut(above, ".") {
			if set[above] {
				t.Errorf("%s is below %s", domain, above)
			}
		}
	}
	_, released, _ := strings.Cut(header, " of ")
	count := fmt.Sprintf("%d,%03d domains", len(lines)/1000, len(lines)%1000)
	for _, fact := range []string{released[:len("2006-01-02")], pin[2], count} {
		if !strings.Contains(string(page), fact) {
			t.Errorf("disposable.md does not say %q", fact)
		}
	}
}

// TestDisposableSparesPeople: no public suffix of ICANN is in the list, since everybody below it would be refused, and
// no provider that many people have their mailbox at, nor one that forwards to a person's own mailbox.
func TestDisposableSparesPeople(t *testing.T) {
	t.Parallel()
	_, lines := identifier.DisposableDomains()
	for _, domain := range lines {
		if suffix, icann := publicsuffix.PublicSuffix(domain); icann && suffix == domain {
			t.Errorf("%s is a public suffix", domain)
		}
	}
	rules := newDisposableRules(t, "", "", "")
	for _, domain := range strings.Fields(`
		gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.jp icloud.com me.com aol.com
		qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn 21cn.com wo.cn
		proton.me protonmail.com tutanota.com fastmail.com zoho.com hey.com gmx.de gmx.net web.de t-online.de posteo.de
		orange.fr free.fr laposte.net libero.it mail.ru yandex.ru bk.ru naver.com hanmail.net daum.net docomo.ne.jp
		ezweb.ne.jp softbank.jp rediffmail.com uol.com.br terra.com.br seznam.cz wp.pl o2.pl comcast.net
		duck.com mozmail.com privaterelay.appleid.com simplelogin.com anonaddy.com addy.io relay.firefox.com example.com`) {
		if _, err := rules.Parse("a@" + domain); err != nil {
			t.Errorf("%s: %v", domain, err)
		}
	}
}

// TestDisposableCostsNothing: a look-up allocates no memory, also for a domain of very many labels.
func TestDisposableCostsNothing(t *testing.T) {
	rules := newDisposableRules(t, "", "", "example.com")
	for _, text := range []string{"a@example.org", "a@b.mailinator.com", "a@" + strings.Repeat("a.", 120) + "com"} {
		email, err := identifier.ParseEmail(text)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { _ = rules.Check(email) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

func BenchmarkDisposable(b *testing.B) {
	rules, err := identifier.EmailRules{}.DenyDisposable(nil)
	if err != nil {
		b.Fatal(err)
	}
	email, err := identifier.ParseEmail("someone@mail.example.com")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = rules.Check(email)
	}
}
