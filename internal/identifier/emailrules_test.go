package identifier_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
)

// TestEmailDomains: an entry stands for its domain alone, or for all domains below it, in every spelling of a domain.
func TestEmailDomains(t *testing.T) {
	t.Parallel()
	list := func(text string) []string { return strings.Fields(text) }
	for _, c := range []struct{ allowed, denied, accepted, refused string }{
		{"", "", "a@example.com a@b.example.com a@例子.中国", ""},
		{"example.com", "", "a@example.com A@EXAMPLE.com a@ｅｘａｍｐｌｅ.com",
			"a@b.example.com a@notexample.com a@example.com.cn a@com.example"},
		{"*.example.com", "", "a@b.example.com a@c.b.Example.COM", "a@example.com a@notexample.com a@b.example.com.cn"},
		{"Example.COM *.example.com", "", "a@example.com a@b.example.com", "a@notexample.com"},
		{"*.edu", "", "a@mit.edu a@cs.mit.edu", "a@edu.com a@mit.education"},
		{"例子.中国", "", "a@例子.中国 a@xn--fsqu00a.xn--fiqs8s a@例子。中国", "a@例.中国"},
		{"xn--fsqu00a.xn--fiqs8s", "", "a@例子.中国", "a@example.com"},
		{"straße.example", "", "a@straße.example a@STRAẞE.example", "a@strasse.example"},
		{"", "mailinator.com", "a@example.com a@b.mailinator.com", "a@mailinator.com A@Mailinator.Com"},
		{"", "mailinator.com *.mailinator.com", "a@example.com", "a@mailinator.com a@x.y.mailinator.com"},
		{"*.example.com", "guest.example.com", "a@staff.example.com a@b.guest.example.com", "a@guest.example.com"},
		{"example.com", "example.com", "", "a@example.com"},
		{" example.com ", "", "a@example.com", "a@example.org"},
	} {
		rules, err := identifier.NewEmailRules(list(c.allowed), list(c.denied))
		if err != nil {
			t.Errorf("%q, %q: %v", c.allowed, c.denied, err)
			continue
		}
		for _, text := range list(c.accepted) {
			if _, err := rules.Parse(text); err != nil {
				t.Errorf("%q, %q: %s: %v", c.allowed, c.denied, text, err)
			}
		}
		for _, text := range list(c.refused) {
			if _, err := rules.Parse(text); !errors.Is(err, identifier.ErrEmailDomain) {
				t.Errorf("%q, %q: %s: %v", c.allowed, c.denied, text, err)
			}
		}
	}
	// A malformed address is refused as malformed, although its domain is not accepted either.
	rules, err := identifier.NewEmailRules([]string{"Example.com", " *.例子.中国 "}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Parse("a@@example.com"); !errors.Is(err, identifier.ErrEmailInvalid) {
		t.Errorf("a malformed address: %v", err)
	}
	if got := rules.Allowed(); !slices.Equal(got, []string{"example.com", "*.xn--fsqu00a.xn--fiqs8s"}) {
		t.Errorf("allowed: %q", got)
	}
}

// TestEmailDomainsAreChecked: an entry that no email could match is an error, which quotes it.
func TestEmailDomainsAreChecked(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		"", " ", "*", "*.", "com", "@example.com", "a@example.com", "exa mple.com", ".example.com", "example.com.",
		"*example.com", "a.*.com", "*.*.com", "10.0.0.1", "https://example.com", "-a.example",
		strings.Repeat("a", 64) + ".com",
	} {
		for i, lists := range [][2][]string{{{"example.com", entry}, nil}, {nil, {entry}}} {
			if _, err := identifier.NewEmailRules(lists[0], lists[1]); err == nil || !strings.Contains(err.Error(), entry) {
				t.Errorf("list %d, %q: %v", i, entry, err)
			}
		}
	}
}

// TestEmailRulesCostNothing: the check of an email allocates no memory, with rules and without.
func TestEmailRulesCostNothing(t *testing.T) {
	email, err := identifier.ParseEmail("someone@a.b.c.example.com")
	if err != nil {
		t.Fatal(err)
	}
	set, err := identifier.NewEmailRules([]string{"*.example.com"}, []string{"example.org"})
	if err != nil {
		t.Fatal(err)
	}
	for _, rules := range []identifier.EmailRules{{}, set} {
		if n := testing.AllocsPerRun(100, func() {
			if err := rules.Check(email); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}
