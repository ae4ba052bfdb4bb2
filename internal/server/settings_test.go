package server_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/terms"
)

// TestSettings: the settings are those of the deployment, and no more than the contract lists.
func TestSettings(t *testing.T) {
	t.Parallel()
	// all are the settings of a deployment without options.
	var languages []any
	for _, tag := range locale.All() {
		languages = append(languages, tag)
	}
	all := func() body {
		return body{
			"signup": "open", "register_methods": []any{"user_name", "phone", "email"},
			"login_methods": []any{"password", "phone", "email"},
			"reset_methods": []any{"phone", "email"}, "channels": []any{"sms", "voice"}, "captcha_on": []any{},
			"password_min_length": 8.0, "password_max_length": 128.0,
			"code_length": 6.0, "code_expires_in": 600.0, "code_retry_after": 60.0,
			"phone_region": "CN", "phone_countries": []any{"CN", "DE"}, "email_domains": []any{},
			"min_age": 0.0, "extra": false, "languages": languages,
			"terms": map[string]any{"version": "", "url": ""},
		}
	}
	asks := []any{"register", "verify_phone", "verify_email", "login", "password_reset"}
	for name, c := range map[string]struct {
		o       options
		differs body
	}{
		"all": {options{}, nil},
		"no senders": {options{noSMS: true, noMail: true}, body{"register_methods": []any{"user_name"},
			"login_methods": []any{"password"}, "reset_methods": []any{}, "channels": []any{}}},
		"no SMS": {options{noSMS: true}, body{"register_methods": []any{"user_name", "email"},
			"login_methods": []any{"password", "email"}, "reset_methods": []any{"email"}, "channels": []any{}}},
		// Holders log in and recover by an address by which nobody can register.
		"by email only": {options{methods: []account.Method{account.ByEmail}}, body{"register_methods": []any{"email"}}},
		"closed":        {options{signup: account.SignupClosed}, body{"signup": "closed", "register_methods": []any{}}},
		"invite":        {options{signup: account.SignupInvite}, body{"signup": "invite"}},
		"approval":      {options{signup: account.SignupApproval}, body{"signup": "approval"}},
		"adults":        {options{minAge: 18}, body{"min_age": 18.0}},
		"terms": {options{terms: terms.Terms{Version: "2026-11", URL: "https://example.com/{lang}/terms"}},
			body{"terms": map[string]any{"version": "2026-11", "url": "https://example.com/zh-CN/terms"}}},
		"pictures": {options{captcha: true}, body{"captcha_type": "image", "captcha_on": asks}},
		"work":     {options{captchas: captcha.KindPoW}, body{"captcha_type": "pow", "captcha_on": asks}},
		"domains": {options{emailDomains: []string{"Example.com", "*.例子.中国"}, emailDenied: []string{"a.example"}},
			body{"email_domains": []any{"example.com", "*.xn--fsqu00a.xn--fiqs8s"}}},
		"extra": {options{extra: `{"type": "object"}`}, body{"extra": true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, c.o)
			want := all()
			for field, value := range c.differs {
				want[field] = value
			}
			a := d.get("/api/settings")
			a.is(t, http.StatusOK, "")
			var got body
			fatal(t, json.Unmarshal(a.Data, &got))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
		})
	}
}

// TestSettingsAreKept: a cache may keep the settings, for one site and one language, and no refusal.
func TestSettingsAreKept(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{locale: "en"})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		a := d.do(method, "/api/settings", "", "Site-Id", "2", "Accept-Language", "zh")
		if got := a.header.Get("Cache-Control"); a.status != http.StatusOK || got != "public, max-age=60" ||
			a.header.Get("Content-Language") != "zh-CN" || len(a.header["Set-Cookie"]) > 0 {
			t.Errorf("%s: %d %v", method, a.status, a.header)
		}
		if got := words(a.header, "Vary"); !slices.Equal(got, []string{"Accept-Language", "Site-Id"}) {
			t.Errorf("%s: Vary is %v", method, got)
		}
	}
	for path, header := range map[string]string{"/api/settings": "3", "/api/settings?site_id=2": "1"} {
		if a := d.get(path, "Site-Id", header); a.status != http.StatusUnprocessableEntity ||
			a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s of site %s: %d, %v", path, header, a.status, a.header)
		}
	}
	var got struct{ Languages []string }
	d.get("/api/settings").into(t, &got)
	if len(got.Languages) != len(locale.All()) || got.Languages[0] != "en" || got.Languages[1] != "zh-CN" {
		t.Errorf("languages %v", got.Languages)
	}
}
