package operation

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/terms"
)

// TestUser: the JSON of a user has every field, in the form that the page of AnQiCMS shows (docs/anqicms.md).
func TestUser(t *testing.T) {
	t.Parallel()
	h := Handlers{
		formatPhone: func(e164 string) string { return e164[len("+86"):] },
		recoverable: func(u holder.User) bool { return u.ID == 1000 },
		assetBase:   "https://cdn.example/",
		extra:       true,
	}
	got, err := json.Marshal(h.user(holder.User{
		ID: 1000, Site: 3, ParentID: 1001, UserName: "NewUser", UserNameKey: "newuser",
		Profile: person.Profile{
			Basics: person.Basics{
				RealName: "新用户", FirstName: "新", LastName: "用户", AvatarURL: "uploads/202211/21/14f56760596b5328.webp",
			},
			Introduce: "你好", Birthday: time.Unix(631152000, 0), Extra: `{"n": 12345678901234567890.10, "a": "<"}`,
		},
		Email: "newuser@example.com", Phone: "+8613800138000",
		GroupID: 2, Group: &holder.Group{ID: 2, Title: "members", Description: "all", Level: 3},
		Status: holder.Active, Retailer: true, Balance: 4, TotalReward: 5, InviteCode: "anqicms",
		CreatedAt: time.Unix(1669012062, 999), UpdatedAt: time.Unix(1679536756, 0), LastLoginAt: time.Unix(1702912236,
			0), ExpiresAt: time.Unix(1997404800, 0),
		Accepted: terms.Acceptance{Version: "2026-11", Language: "en", At: time.Unix(1702912000, 0)},
	}, "jwt"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"accepted_terms":"2026-11","accepted_terms_time":1702912000,` +
		`"avatar_url":"uploads/202211/21/14f56760596b5328.webp","balance":4,` +
		`"birthday":631152000,"created_time":1669012062,` +
		`"email":"newuser@example.com","email_verified":false,` +
		`"expire_time":1997404800,"extra":{"n":12345678901234567890.10,"a":"\u003c"},"first_name":"新","full_avatar_url":` +
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
