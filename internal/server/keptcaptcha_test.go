//go:build !race

// Each of some 200 deployments gets one request after the other, so the race detector would find nothing:
// tools/make/test.sh runs this file without it.

package server_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/enroll-project/enroll/internal/pages"
)

// keptByThePage returns the reasons after which the page keeps its captcha, with what was typed for it.
func keptByThePage(t *testing.T) []string {
	t.Helper()
	w := httptest.NewRecorder()
	pages.Handler(pages.Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/pages/app.js", nil))
	found := regexp.MustCompile(`new Set\(\[("invalid_request",[^\]]*)\]\)`).FindStringSubmatch(w.Body.String())
	if found == nil {
		t.Fatalf("the page has no list of reasons (status %d)", w.Code)
	}
	return strings.Split(strings.Trim(found[1], `"`), `","`)
}

// badValues make a good request bad, each for a reason of its own. "" leaves the field out.
var badValues = map[string][]any{
	"user_name": {"", "a", strings.Repeat("a", 33), "a b", "аlice", "12345", "admin", "hostess", "MyPassword123"},
	"password":  {"", "short", strings.Repeat("a", 129), "newuser", "password123", "somethingelse"},
	"email": {"", "x",
		strings.Repeat("l", 64) + "@" + strings.Repeat(strings.Repeat("d", 60)+".", 3) + "example.com"},
	"phone":      {"", "123", "010-62345678", "+12025550123"},
	"code":       {"", "000000", "000001"},
	"captcha":    {"", "000000", "000001"},
	"real_name":  {"\u3164"},
	"avatar_url": {"javascript:x"},
	"invite_id":  {int64(1) << 40},
	"remember":   {"yes"},
}

// TestCaptchasThatThePageKeeps: the page keeps a captcha after a refusal if and only if the service has not spent
// it. If it kept a spent one, the next attempt would fail; if it dropped an unspent one, a person would have to
// solve another for each typing error.
func TestCaptchasThatThePageKeeps(t *testing.T) {
	t.Parallel()
	kept := keptByThePage(t)
	var mu sync.Mutex
	seen := map[string]bool{}
	t.Run("operations", func(t *testing.T) {
		for _, op := range operations() {
			if op.fields()["captcha"] == nil {
				continue
			}
			for field, values := range badValues {
				if op.fields()[field] == nil {
					continue
				}
				for _, value := range values {
					t.Run(op.OperationID+"/"+field, func(t *testing.T) {
						t.Parallel()
						s := arrange(t, op, options{captcha: true})
						good := s.good(field)
						bad := good.with(field, value)
						if value == "" {
							delete(bad, field)
						}
						before := s.count("spent_captchas")
						a := s.ask(bad)
						spent := s.count("spent_captchas") > before
						if a.status == http.StatusOK {
							return // the value is good here, such as a password that is not this user's name
						}
						mu.Lock()
						seen[a.Reason] = true
						mu.Unlock()
						switch {
						// Without a captcha there is nothing to keep, and the list of the page says why a common
						// password is not in it.
						case a.Reason == "captcha_required", a.Reason == "password_common":
						// The account, whose name the password may have, is known only after its code.
						case op.OperationID == "resetPassword" && a.Reason == "password_context":
						case slices.Contains(kept, a.Reason) == spent:
							t.Errorf("%s of %v: the captcha is spent: %t, and the page keeps it: %t", a.Reason, value, spent, spent)
						}
						if !spent {
							s.ask(good).is(t, http.StatusOK, "")
						}
					})
				}
			}
		}
	})
	// These refusals come before an operation, or need other settings or an idempotency key, so no request above gets
	// them.
	others := []string{"malformed_json", "body_too_large", "unsupported_media_type", "rate_limited", "site_unknown",
		"site_ambiguous", "idempotency_in_progress", "idempotency_key_reused", "phone_not_offered", "email_not_offered",
		"user_name_not_offered", "signup_closed", "email_domain",
		// account.TestTermsAtRegister and account.TestMinAge show that these spend no captcha.
		"terms_required", "too_young", "birthday_invalid"}
	for _, reason := range kept {
		if seen[reason] == slices.Contains(others, reason) {
			t.Errorf("%s: seen %t", reason, seen[reason])
		}
	}
}
