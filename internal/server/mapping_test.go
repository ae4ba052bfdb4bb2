package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/limit"
)

func routesOf(t *testing.T) []*echo.Route {
	t.Helper()
	e, ok := Fake(t, FakeConfig(t), nil).(*echo.Echo)
	if !ok {
		t.Fatal("the handler is no router")
	}
	return e.Routes()
}

// TestUser: every word of a user, in the form of the interface's page.
func TestUser(t *testing.T) {
	t.Parallel()
	h := handlers{
		formatPhone: func(e164 string) string { return e164[len("+86"):] },
		recoverable: func(u holder.User) bool { return u.ID == 1000 },
		assetBase:   "https://cdn.example/",
	}
	got, err := json.Marshal(h.user(holder.User{
		ID: 1000, Site: 3, ParentID: 1001, UserName: "NewUser", UserNameKey: "newuser", RealName: "新用户",
		FirstName: "新", LastName: "用户", Introduce: "你好", Birthday: time.Unix(631152000, 0),
		AvatarURL: "uploads/202211/21/14f56760596b5328.webp", Email: "newuser@example.com", Phone: "+8613800138000",
		GroupID: 2, Group: &holder.Group{ID: 2, Title: "members", Description: "all", Level: 3},
		Status: holder.Active, Retailer: true, Balance: 4, TotalReward: 5, InviteCode: "anqicms",
		CreatedAt: time.Unix(1669012062, 999), UpdatedAt: time.Unix(1679536756, 0), LastLoginAt: time.Unix(1702912236,
			0), ExpiresAt: time.Unix(1997404800, 0),
	}, "jwt"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"avatar_url":"uploads/202211/21/14f56760596b5328.webp","balance":4,` +
		`"birthday":631152000,"created_time":1669012062,` +
		`"email":"newuser@example.com","email_verified":false,` +
		`"expire_time":1997404800,"extra":null,"first_name":"新","full_avatar_url":` +
		`"https://cdn.example/uploads/202211/21/14f56760596b5328.webp",` +
		`"group":{"description":"all","id":2,"level":3,"title":"members"},"group_id":2,` +
		`"id":1000,"introduce":"你好","invite_code":"anqicms","is_retailer":1,"last_login":1702912236,` +
		`"last_name":"用户","link":"","parent_id":1001,` +
		`"phone":"13800138000","real_name":"新用户","recoverable":true,` +
		`"status":1,"token":"jwt","total_reward":5,"updated_time":1679536756,"user_name":"NewUser",` +
		`"user_name_canonical":"newuser"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	bare := h.user(holder.User{}, "")
	if bare.ExpireTime != 0 || bare.Phone != "" || bare.FullAvatarURL != "" || bare.IsRetailer != 0 || bare.Status != 0 ||
		bare.Group != nil || bare.Recoverable {
		t.Errorf("of nothing: %+v", bare)
	}
}

func TestFullAvatar(t *testing.T) {
	t.Parallel()
	for _, in := range []struct{ base, avatar, want string }{
		{"https://x.example", "", ""},
		{"", "", ""},
		{"", "uploads/a.webp", ""},
		{"", "https://y.example/a.webp", "https://y.example/a.webp"},
		{"https://x.example", "HTTP://y.example/a.webp", "HTTP://y.example/a.webp"},
		{"https://x.example", "uploads/a.webp", "https://x.example/uploads/a.webp"},
		{"https://x.example/s/", "/uploads/a.webp", "https://x.example/s/uploads/a.webp"},
		{"https://x.example", "uploads/a?u=http://y.example", "https://x.example/uploads/a?u=http://y.example"},
	} {
		if got := fullAvatar(in.base, in.avatar); got != in.want {
			t.Errorf("%q and %q: %q, want %q", in.base, in.avatar, got, in.want)
		}
	}
}

// TestBindingFails: what the generated code cannot bind after validation is an
// internal error, and no error of the request.
func TestBindingFails(t *testing.T) {
	t.Parallel()
	why := errors.New("it does not fit")
	err := echo.NewHTTPError(http.StatusBadRequest, "bind").SetInternal(why)
	if r := refusalOf(t.Context(), err); r.reason != api.ReasonInternal || !errors.Is(r.cause, why) {
		t.Errorf("%v: %v", r, r.cause)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.77:1234": "192.0.2.0/24", "[2001:db8:1:2:3::4]:80": "2001:db8:1::/48",
		"[::ffff:192.0.2.77]:1": "192.0.2.0/24",
		"[fe80::1%eth0]:80":     "fe80::/48", "@": "", "": "", "192.0.2.77": "192.0.2.0/24",
	} {
		if got := network(limit.Proxies{}.Client(remote, nil)); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
	}
}

// TestMessages: each message reads well with a number and without one, fits its
// schema, and shows no trace of its alternatives.
func TestMessages(t *testing.T) {
	t.Parallel()
	l, err := newLanguages("")
	if err != nil {
		t.Fatal(err)
	}
	raw := rawMessages(t)
	for _, texts := range l.All() {
		for key := range texts.Keys() {
			for _, numbers := range [][2]int{{0, 0}, {128, 0}, {0, 86400}, {128, 60}} {
				msg := texts.Of(key, numbers[0], numbers[1])
				if msg == "" || strings.ContainsAny(msg, "[]{}|") || len([]rune(msg)) > 512 || strings.TrimSpace(msg) != msg {
					t.Errorf("%s %s with %v: %q", texts.Tag, key, numbers, msg)
				}
			}
			plain, bounded := texts.Of(key, 0, 0), texts.Of(key, 4711, 4711)
			if holds := strings.Contains(raw[texts.Tag][key], "{"); holds != strings.Contains(bounded, "4711") ||
				strings.Contains(plain, "4711") {
				t.Errorf("%s %s: %q and %q", texts.Tag, key, plain, bounded)
			}
		}
	}
}
