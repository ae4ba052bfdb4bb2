package strict_test

import (
	"net/http"
	"testing"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/test/strict"
)

// TestEvents: the closed contract takes each type of event in its form, and no other type, member, field or header.
func TestEvents(t *testing.T) {
	t.Parallel()
	check, err := strict.Events(enroll.Contract)
	if err != nil {
		t.Fatal(err)
	}
	request := func(kind, fields, more string) (http.Header, []byte) {
		h := http.Header{"Content-Type": {"application/json"}}
		h.Set("webhook-id", "evt_1_1000_2_743")
		h.Set("webhook-timestamp", "1796083200")
		h.Set("webhook-signature", "v1,MfKdI8AnuqYA3TTMkUwpBSDPb2h0YbtsxzIJ1VSOxTs=")
		return h, []byte(`{"type":"` + kind + `","timestamp":"2026-12-01T00:00:00.5Z","data":{"id":1,"site_id":1,` +
			`"user_id":1000,"seq":2,"fields":[` + fields + `]` + more + `}}`)
	}
	for _, kind := range event.Types() {
		right, wrong := "", `"email"`
		if kind == event.Updated {
			right, wrong = wrong, right
		}
		h, body := request(string(kind), right, "")
		if err := check(h, body); err != nil {
			t.Error(err)
		}
		if _, body := request(string(kind), wrong, ""); check(h, body) == nil {
			t.Errorf("%s with the fields %q", kind, wrong)
		}
		if _, body := request(string(kind), right, `,"email":"a@example.com"`); check(h, body) == nil {
			t.Errorf("%s with a value", kind)
		}
		if h.Del("webhook-id"); check(h, body) == nil {
			t.Errorf("%s without a webhook-id", kind)
		}
	}
	for _, c := range [][2]string{
		{"user.invented", ""}, {"user.updated", `"password_hash"`}, {"user.updated", `"email","email"`},
	} {
		if h, body := request(c[0], c[1], ""); check(h, body) == nil {
			t.Errorf("%s with the fields %q", c[0], c[1])
		}
	}
}
