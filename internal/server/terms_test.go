package server_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/terms"
)

// TestTermsOnTheWire: where there are terms, a registration by each method needs their version, and a login of a user
// that has not accepted them does. The user is shown with the version and its time.
func TestTermsOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{terms: terms.Terms{Version: "2026-11"}})
	d.post("/api/verify/phone", body{"phone": "13800138000"}).is(t, 200, "")
	byPhone := body{"phone": "13800138000", "code": d.phones.last()}
	for _, b := range []body{alice, byPhone} {
		for _, none := range []any{nil, ""} {
			d.post("/api/register", b.with("accepted_terms", none)).
				is(t, 422, "terms_required", "accepted_terms terms_required")
		}
		a := d.post("/api/register", b.with("accepted_terms", "2025-01"), "Accept-Language", "en")
		a.is(t, 422, "terms_outdated", "accepted_terms terms_outdated")
		if a.Msg != "The terms of use have changed. Please read and accept the new ones." {
			t.Errorf("%q", a.Msg)
		}
		u := d.registered(b.with("accepted_terms", "2026-11"))
		shown := d.get("/api/user/detail", "Token", u.Token)
		var got struct {
			Terms string `json:"accepted_terms"`
			Time  int64  `json:"accepted_terms_time"`
		}
		if shown.into(t, &got); got.Terms != "2026-11" || got.Time != d.now.Now().Unix() {
			t.Errorf("%s", shown.body)
		}
	}
	// The errors of other fields are in the same answer.
	d.post("/api/register", alice.with("user_name", "a")).
		is(t, 422, "user_name_too_short", "user_name user_name_too_short", "accepted_terms terms_required")
	d.post("/api/register", alice.with("accepted_terms", strings.Repeat("1", 65))).
		is(t, 400, "invalid_request", "accepted_terms too_long")
	// Another version.
	next := deploy(t, options{pool: d.pool, now: d.now, tokens: d.tokens, terms: terms.Terms{Version: "2027-01"}})
	a := next.post("/api/login", alice, "Accept-Language", "en")
	a.is(t, 422, "terms_outdated", "accepted_terms terms_outdated")
	if a.Code != -1 || a.Msg != "Please read and accept the current terms of use, then log in." {
		t.Errorf("%d %q", a.Code, a.Msg)
	}
	d.now.advance(time.Hour)
	next.post("/api/login", alice.with("accepted_terms", "2026-11")).is(t, 422, "terms_outdated",
		"accepted_terms terms_outdated")
	next.post("/api/login", alice.with("accepted_terms", "2027-01")).is(t, 200, "")
	next.post("/api/login", alice).is(t, 200, "")
	// With ENROLL_HTTP_STATUS=always-200 only the status differs.
	always := deploy(t, options{pool: d.pool, now: d.now, alwaysOK: true, terms: terms.Terms{Version: "2028"}})
	always.post("/api/login", alice).is(t, 200, "terms_outdated", "accepted_terms terms_outdated")
}

// TestAcceptTermsOnTheWire: a logged-in user accepts a new version. A repetition changes nothing, another version is
// refused, and without terms nothing is stored.
func TestAcceptTermsOnTheWire(t *testing.T) {
	t.Parallel()
	old := deploy(t, options{})
	d := deploy(t, options{pool: old.pool, now: old.now, tokens: old.tokens, terms: terms.Terms{Version: "2026-11"}})
	token := old.registered(alice).Token
	const path = "/api/user/terms"
	d.post(path, body{"accepted_terms": "2026-11"}).is(t, 401, "token_missing")
	d.post(path, body{"accepted_terms": "2025"}, "Token", token).
		is(t, 422, "terms_outdated", "accepted_terms terms_outdated")
	for request, wrong := range map[string]string{
		`{}`: "required", `{"accepted_terms":""}`: "required", `{"accepted_terms":null}`: "required",
		`{"accepted_terms":1}`: "wrong_type", `{"accepted_terms":"\u0000"}`: "forbidden_character",
	} {
		d.post(path, request, "Token", token).is(t, 400, "invalid_request", "accepted_terms "+wrong)
	}
	old.post(path, body{"accepted_terms": "2026-11"}, "Token", token).is(t, 200, "")
	if n := d.count("users WHERE terms_version IS NULL"); n != 1 {
		t.Errorf("%d users without terms", n)
	}
	first := strconv.FormatInt(d.now.Now().Unix(), 10)
	for range 2 {
		d.post(path, body{"accepted_terms": "2026-11"}, "Token", token).is(t, 200, "")
		if n := d.count("users WHERE terms_version = '2026-11' AND extract(epoch FROM terms_at) = " + first); n != 1 {
			t.Error("the acceptance is not stored, or its time has changed")
		}
		d.now.advance(time.Minute)
	}
	d.post("/api/login", alice).is(t, 200, "")
}
