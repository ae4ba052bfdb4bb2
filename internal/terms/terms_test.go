package terms_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/terms"
)

// TestCheck: only the very text of the version is accepted, and a deployment without terms requires nothing.
func TestCheck(t *testing.T) {
	t.Parallel()
	now := terms.Terms{Version: "2026-11"}
	for accepted, want := range map[string]error{
		"2026-11": nil, "": terms.ErrRequired, "2026-1": terms.ErrOutdated, "2026-110": terms.ErrOutdated,
		" 2026-11": terms.ErrOutdated,
	} {
		if err := now.Check(accepted); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", accepted, err, want)
		}
		if err := (terms.Terms{}).Check(accepted); err != nil {
			t.Errorf("%q without terms: %v", accepted, err)
		}
	}
}

// TestDue: a user that has accepted another version, or none, has to accept this one.
func TestDue(t *testing.T) {
	t.Parallel()
	now, same, other := terms.Terms{Version: "2"}, "2", "1"
	for _, c := range []struct {
		terms    terms.Terms
		accepted *string
		due      bool
	}{
		{now, nil, true}, {now, &other, true}, {now, &same, false}, {terms.Terms{}, nil, false},
		{terms.Terms{}, &other, false},
	} {
		if c.terms.Due(c.accepted) != c.due {
			t.Errorf("%+v is not %v", c, c.due)
		}
	}
}

// TestAccept: an acceptance is stored as a whole, to the microsecond, or not at all.
func TestAccept(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 1, 2, 3, 4567, time.FixedZone("", 3600))
	version, when, language := terms.Terms{Version: "2"}.Accept("en", at).Columns()
	if *version != "2" || !when.Equal(time.Date(2026, 11, 30, 0, 2, 3, 4000, time.UTC)) || *language != "en" {
		t.Errorf("%v %v %v", *version, *when, *language)
	}
	version, when, language = terms.Terms{}.Accept("en", at).Columns()
	if version != nil || when != nil || language != nil {
		t.Error("an acceptance of no terms")
	}
}

// TestSettingsOfTerms: a version is short and plain, and a URL is one that a browser can open.
func TestSettingsOfTerms(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{
		"2026-11": true, "v1.0_b": true, strings.Repeat("1", 32): true, strings.Repeat("1", 33): false, "": false,
		"2026 11": false, "2026-11\n": false, "条款": false, "1/2": false,
	} {
		if terms.ValidVersion(text) != valid {
			t.Errorf("%q is not %v", text, valid)
		}
	}
	for text, valid := range map[string]bool{
		"https://example.com/terms": true, "http://localhost:8080/t?l={lang}": true, "https://{lang}.example.com/": true,
		"": false, "/terms": false, "javascript:alert(1)": false, "https://": false, "https://a:b@example.com/": false,
		"https://example.com/" + strings.Repeat("a", 1000): false,
	} {
		if terms.ValidURL(text) != valid {
			t.Errorf("%q is not %v", text, valid)
		}
	}
	page := terms.Terms{URL: "https://example.com/{lang}/terms"}
	if got := page.Page("zh-CN"); got != "https://example.com/zh-CN/terms" {
		t.Error(got)
	}
}
