package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/test/pgtest"
)

// personal has the fields of a profile that tests compare.
type personal struct {
	RealName    string `json:"real_name"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	AvatarURL   string `json:"avatar_url"`
	Introduce   string
	Birthday    int64
	UpdatedTime int64 `json:"updated_time"`
}

// change sends a change and returns the user that comes back.
func (d *deployment) change(token string, b any) (p personal) {
	d.Helper()
	a := d.post("/api/user/detail", b, "Token", token)
	a.is(d, http.StatusOK, "")
	a.into(d, &p)
	return p
}

// TestUpdateUser: a field that is absent or null stays, one that is empty is cleared.
func TestUpdateUser(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice.with("real_name", "Alice").with("avatar_url", "/a.webp"))
	other := d.registered(alice.with("user_name", "bob").with("real_name", "Bob"))
	d.now.advance(time.Minute)
	all := body{"real_name": "王小明", "first_name": "小明", "last_name": "王", "avatar_url": "https://x.example/b.webp",
		"introduce": "　　你好\r\n再见\t!", "birthday": -315619200}
	want := personal{"王小明", "小明", "王", "https://x.example/b.webp", "　　你好\n再见\t!", -315619200, d.now.Now().Unix()}
	if got := d.change(u.Token, all); got != want {
		t.Errorf("all: %+v", got)
	}
	for _, nothing := range []string{`{}`, `{"real_name":null,"introduce":null,"birthday":null,"avatar_url":null}`} {
		d.now.advance(time.Minute)
		if got := d.change(u.Token, nothing); got != want {
			t.Errorf("%s: %+v", nothing, got)
		}
	}
	want.RealName, want.UpdatedTime = "Wang", d.now.Now().Unix()
	if got := d.change(u.Token, body{"real_name": "Wang"}); got != want {
		t.Errorf("one: %+v", got)
	}
	empty := body{"real_name": "", "first_name": "", "last_name": "", "avatar_url": "", "introduce": " \n", "birthday": 0}
	if got := d.change(u.Token, empty); got != (personal{UpdatedTime: want.UpdatedTime}) {
		t.Errorf("cleared: %+v", got)
	}
	var read personal
	if d.get("/api/user/detail", "Token", other.Token).into(t, &read); read.RealName != "Bob" {
		t.Errorf("another user: %+v", read)
	}
}

// TestUpdateUserRefusals: one answer names all invalid fields, and nothing is changed.
func TestUpdateUserRefusals(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice.with("real_name", "Alice"))
	tomorrow := d.now.Now().Add(25 * time.Hour).Unix()
	for _, c := range []struct {
		field  string
		value  any
		reason string
	}{
		{"real_name", "a\tb", "real_name_invalid"}, {"first_name", "\u202eevil", "real_name_invalid"},
		{"last_name", strings.Repeat("x", 65), "real_name_invalid"},
		{"avatar_url", "javascript:alert(1)", "avatar_url_invalid"}, {"avatar_url", "//evil.example/x", "avatar_url_invalid"},
		{"introduce", strings.Repeat("好", 501), "introduce_invalid"}, {"introduce", "a\x07", "introduce_invalid"},
		{"introduce", "ok\n\u202eevil", "introduce_invalid"}, {"birthday", tomorrow, "birthday_invalid"},
	} {
		b := body{"real_name": "Mallory"}.with(c.field, c.value)
		d.post("/api/user/detail", b, "Token", u.Token).is(d, 422, c.reason, c.field+" "+c.reason)
	}
	d.post("/api/user/detail", body{"real_name": "\x7f", "introduce": "\x7f", "birthday": tomorrow}, "Token", u.Token).
		is(d, 422, "real_name_invalid", "real_name real_name_invalid", "introduce introduce_invalid",
			"birthday birthday_invalid")
	for sent, fieldError := range map[string]string{
		`{"birthday":-2208988801}`: "birthday out_of_range", `{"birthday":4102444801}`: "birthday out_of_range",
		`{"birthday":"631152000"}`: "birthday wrong_type", `{"birthday":1.5}`: "birthday wrong_type",
		`{"status":1}`: "status unknown_field", `{"group_id":3}`: "group_id unknown_field", `{"id":1}`: "id unknown_field",
		`{"real_name":["x"]}`: "real_name wrong_type", `{"introduce":"\u0000"}`: "introduce forbidden_character",
	} {
		d.post("/api/user/detail", sent, "Token", u.Token).is(d, 400, "invalid_request", fieldError)
	}
	if got := d.change(u.Token, `{}`); got.RealName != "Alice" {
		t.Errorf("afterwards: %+v", got)
	}
	d.post("/api/user/detail", `{`, "Token", u.Token).is(d, 400, "malformed_json")
	long := body{"introduce": strings.Repeat("x", 16<<10)}
	d.post("/api/user/detail", long, "Token", u.Token).is(d, 413, "body_too_large")
	d.post("/api/user/detail", `{}`, "Token", u.Token, "Content-Type", "text/plain").is(d, 415, "unsupported_media_type")
	mayNot(d, u, func(headers ...string) answer { return d.post("/api/user/detail", body{"real_name": "x"}, headers...) })
}

// mayNot: a request is refused without a good token, for another site, and for a disabled user.
func mayNot(d *deployment, u signedIn, send func(headers ...string) answer) {
	d.Helper()
	send().is(d, 401, "token_missing")
	send("Token", u.Token+"x").is(d, 401, "token_invalid")
	send("Token", u.Token, "Site-Id", "2").is(d, 401, "token_invalid")
	send("Token", u.Token, "Site-Id", "9").is(d, 422, "site_unknown")
	send("Token", u.Token, "Site-Id", "x").is(d, 400, "invalid_request", "Site-Id wrong_type")
	d.exec("UPDATE users SET status = 0")
	send("Token", u.Token).is(d, 403, "account_disabled")
	d.exec("UPDATE users SET status = 1")
	d.now.advance(31 * 24 * time.Hour)
	send("Token", u.Token).is(d, 401, "token_expired")
}

// TestProfileTroubles: a change whose commit is lost has an unknown outcome, and one that the database did
// not get is unavailable.
func TestProfileTroubles(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	d := deploy(t, options{pool: pool})
	u := d.registered(alice)
	d.exec(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	d.exec(`CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON users DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION die()`)
	d.post("/api/user/detail", body{"real_name": "x"}, "Token", u.Token).is(d, 503, "outcome_unknown")
	d.upload(picture(t, 20, 20), "Token", u.Token).is(d, 503, "outcome_unknown")
	pool.Close()
	d.post("/api/user/detail", body{"real_name": "x"}, "Token", u.Token).is(d, 503, "unavailable")
	d.upload(picture(t, 20, 20), "Token", u.Token).is(d, 503, "unavailable")
	d.get("/api/user/groups").is(d, 503, "unavailable")
	d.get("/api/user/group/detail?id=2").is(d, 503, "unavailable")
	if a := d.get(profile.AvatarPath + strings.Repeat("0", 64) + ".jpg"); a.status != http.StatusServiceUnavailable {
		t.Errorf("an avatar: %d %s", a.status, a.body)
	}
}

// TestGroups: the groups of a site are those that its operator has made, by level.
func TestGroups(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	type group struct {
		ID                 int64
		Title, Description string
		Level              int
	}
	var none, all []group
	a := d.get("/api/user/groups")
	a.is(d, 200, "")
	if a.into(t, &none); none == nil || len(none) != 0 {
		t.Errorf("without groups: %s", a.body)
	}
	d.exec(`INSERT INTO groups (site_id, id, title, description, level) VALUES
		(1, 5, '会员', '<b>', 7), (1, 2, 'users', '', 0), (1, 3, 'also', '', 0), (2, 5, 'elsewhere', '', 1)`)
	want := []group{{2, "users", "", 0}, {3, "also", "", 0}, {5, "会员", "<b>", 7}}
	if d.get("/api/user/groups").into(t, &all); !slices.Equal(all, want) {
		t.Errorf("groups %+v", all)
	}
	var one group
	if d.get("/api/user/group/detail?id=5").into(t, &one); one != want[2] {
		t.Errorf("group %+v", one)
	}
	if d.get("/api/user/group/detail?id=5", "Site-Id", "2").into(t, &one); one.Title != "elsewhere" {
		t.Errorf("group of another site %+v", one)
	}
	d.get("/api/user/group/detail?id=4").is(d, 422, "group_unknown", "id group_unknown")
	d.get("/api/user/group/detail?id=2", "Site-Id", "2").is(d, 422, "group_unknown", "id group_unknown")
	d.get("/api/user/group/detail").is(d, 400, "invalid_request", "id required")
	for sent, reason := range map[string]string{
		"0": "out_of_range", "-1": "out_of_range", "x": "wrong_type", "01": "wrong_type", "9007199254740992": "out_of_range",
	} {
		d.get("/api/user/group/detail?id="+sent).is(d, 400, "invalid_request", "id "+reason)
	}
	for _, path := range []string{"/api/user/groups", "/api/user/group/detail?id=2"} {
		d.get(path, "Site-Id", "9").is(d, 422, "site_unknown")
		d.get(path, "Site-Id", "x").is(d, 400, "invalid_request", "Site-Id wrong_type")
	}
}
