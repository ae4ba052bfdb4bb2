package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/leak"
)

// TestTransport: the transport reports each breach of the contract that one answer to a fixed request can have. Leaked
// secrets, requests accepted by mistake, the mode always-200 and unlisted paths are not tried here.
func TestTransport(t *testing.T) {
	t.Parallel()
	const good = `{"code":-1,"msg":"m","reason":"site_unknown","data":null,"request_id":"r"}`
	head := func() http.Header {
		return http.Header{
			"Content-Type": {"application/json; charset=utf-8"}, "X-Request-Id": {"r"}, "X-Content-Type-Options": {"nosniff"},
			"Cache-Control": {"no-store"}, "Content-Language": {"en"},
		}
	}
	for about, in := range map[string]struct {
		status int
		body   string
		change func(http.Header)
		want   string // in the report, "" for none
	}{
		"good":                 {422, good, nil, ""},
		"unlisted status":      {418, good, nil, "status is not supported"},
		"reason of another":    {422, strings.Replace(good, "site_unknown", "credentials_wrong", 1), nil, "not in x-reasons"},
		"reason, other status": {400, good, nil, "not in x-reasons"},
		"invented reason":      {422, strings.Replace(good, "site_unknown", "x", 1), nil, "doesn't match schema"},
		"extra field":          {422, strings.Replace(good, "{", `{"password":"x",`, 1), nil, "doesn't match schema"},
		"missing field":        {422, strings.Replace(good, `"data":null,`, "", 1), nil, "doesn't match schema"},
		"other code":           {422, strings.Replace(good, "-1", "0", 1), nil, "doesn't match schema"},
		"wrong type":           {422, strings.Replace(good, `"m"`, "1", 1), nil, "json"},
		"other id":             {422, strings.Replace(good, `"r"`, `"s"`, 1), nil, "request_id"},
		"no JSON":              {422, "<html>", nil, "invalid character"},
		"trailing garbage":     {422, good + "x", nil, "invalid character"},
		"no charset":           {422, good, func(h http.Header) { h.Set("Content-Type", "application/json") }, "charset"},
		"other type": {422, good, func(h http.Header) { h.Set("Content-Type", "text/html; charset=utf-8") },
			"Content-Type"},
		"no id":          {422, good, func(h http.Header) { h.Del("X-Request-Id") }, "X-Request-Id"},
		"no language":    {422, good, func(h http.Header) { h.Del("Content-Language") }, "Content-Language"},
		"other language": {422, good, func(h http.Header) { h.Set("Content-Language", "sv") }, "Content-Language"},
		"no nosniff":     {422, good, func(h http.Header) { h.Del("X-Content-Type-Options") }, "nosniff"},
		"server":         {422, good, func(h http.Header) { h.Set("Server", "x") }, "Server"},
		"no Retry-After": {503, strings.Replace(good, "site_unknown", "busy", 1), nil, "Retry-After"},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for name, values := range head() {
					w.Header()[name] = values
				}
				if in.change != nil {
					in.change(w.Header())
				}
				w.WriteHeader(in.status)
				_, _ = fmt.Fprint(w, in.body)
			})
			var report string
			l := book.blank()
			rt := &transport{ledger: l, real: true, secrets: &leak.Watch{},
				report: func(format string, args ...any) { report += fmt.Sprintf(format, args...) }}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, dial(t, h, rt).url+"/api/register", nil)
			fatal(t, err)
			res, err := rt.RoundTrip(req)
			fatal(t, err)
			fatal(t, res.Body.Close())
			if (in.want == "") != (report == "") || !strings.Contains(report, in.want) {
				t.Errorf("reported %q, want %q", report, in.want)
			}
			// The request id is compared after the outcome was entered; every other breach is found before.
			if seen := l.got[outcome{"register", 422, "site_unknown"}]; seen != (about == "good" || about == "other id") {
				t.Errorf("entered: %v", l.got)
			}
		})
	}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	l := book.blank()
	all := l.all
	for _, o := range all[1:] {
		l.enter(o, nil)
	}
	if got := l.audit(nil); len(got) != 1 || !strings.Contains(got[0], "no test has seen: "+all[0].String()) {
		t.Errorf("one unseen: %q", got)
	}
	if got := l.audit(map[outcome]string{all[0]: "x"}); got != nil {
		t.Errorf("one excused: %q", got)
	}
	if got := l.audit(map[outcome]string{all[0]: "x", all[1]: "x"}); len(got) != 1 ||
		!strings.Contains(got[0], "seen all the same") {
		t.Errorf("one excused and seen: %q", got)
	}
	if got := l.audit(map[outcome]string{all[0]: "x", {"register", 418, "teapot"}: "x"}); len(got) != 1 ||
		!strings.Contains(got[0], "not of the contract") {
		t.Errorf("one invented: %q", got)
	}
}
