package server_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/hook"
)

// TestHookOnTheWire: a denial of the operator's hook is answered with 403, its field, and its message in the language
// of the request, or else the service's own. Without a decision the answer is 503 with Retry-After.
func TestHookOnTheWire(t *testing.T) {
	t.Parallel()
	answer := ""
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(receiver.Close)
	asks, err := hook.New(hook.Config{
		URL: receiver.URL, Secret: "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32)),
	})
	fatal(t, err)
	t.Cleanup(asks.Close)
	for _, alwaysOK := range []bool{false, true} {
		d := deploy(t, options{hook: asks, alwaysOK: alwaysOK})
		status := func(standard int) int {
			if alwaysOK {
				return 200
			}
			return standard
		}
		const own = "This registration is not accepted here. Please contact the operator."
		for _, c := range []struct{ answer, language, msg, field string }{
			{`{"decision":"deny"}`, "en", own, ""},
			{`{"decision":"deny"}`, "zh-CN", "暂不接受该注册申请，如有疑问请联系管理员", ""},
			{`{"decision":"deny","field":"captcha"}`, "en", own, ""},
			{`{"decision":"deny","field":"user_name"}`, "en", own, "user_name"},
			{`{"decision":"deny","messages":{"zh":"不行"}}`, "zh-CN", "不行", ""},
			{`{"decision":"deny","messages":{"zh":"不行"}}`, "en", own, ""},
			{`{"decision":"deny","field":"email","messages":{"en":"<b>Company's</b>"}}`, "en", "<b>Company's</b>", "email"},
			{`{"decision":"deny","messages":{"en":"` + strings.Repeat("字", 300) + `"}}`, "en", strings.Repeat("字", 300), ""},
		} {
			answer = c.answer
			a := d.post("/api/register", alice, "Accept-Language", c.language)
			if c.field == "" {
				a.is(t, status(403), "not_admitted")
			} else {
				a.is(t, status(403), "not_admitted", c.field+" not_admitted")
			}
			if a.Msg != c.msg || c.field != "" && a.Errors[0].Msg != c.msg {
				t.Errorf("%s: %q, %v, want %q", c.answer, a.Msg, a.Errors, c.msg)
			}
		}
		for _, none := range []string{"", `{"decision":"refuse"}`} {
			answer = none
			a := d.post("/api/register", alice)
			a.is(t, status(503), "unavailable")
			if a.header.Get("Retry-After") != "5" {
				t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
			}
		}
		if n := d.count("users"); n != 0 {
			t.Errorf("%d users", n)
		}
		answer = `{"decision":"allow"}`
		d.registered(alice)
	}
}
