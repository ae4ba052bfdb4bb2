package leak_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/leak"
)

// TestSightings: the search finds a canary in each form, and nothing in a text without one.
func TestSightings(t *testing.T) {
	t.Parallel()
	planted := leak.Set{"password": "cAnArY pass+word/ü", "code": "493817", "phone": "+8613912345678"}
	for name, secret := range planted {
		for form, text := range map[string]string{
			"as it is":    "x " + secret + " y",
			"hexadecimal": `\x00` + strings.ToUpper(hex.EncodeToString([]byte("ab"+secret+"cd"))),
			"base64 at 0": base64.RawURLEncoding.EncodeToString([]byte(secret)),
			"base64 at 1": base64.StdEncoding.EncodeToString([]byte("1234" + secret + "more")),
			"base64 at 2": base64.URLEncoding.EncodeToString([]byte(`{"` + secret + `":1}`)),
			"in a URL":    "?a=" + url.QueryEscape(secret) + "&b",
			"in a path":   "/a/" + url.PathEscape(secret) + "/b",
		} {
			if strings.HasPrefix(form, "in a") && strings.Contains(text, secret) {
				form = "as it is" // some forms give the same text
			}
			if got := planted.Sightings(text); !slices.Contains(got, name+" ("+form+")") {
				t.Errorf("%s %s was not seen in %s, only %q", name, form, text, got)
			}
		}
	}
	innocent := `{"time":"2026-11-22T17:13:27.493817Z","seconds":0.493817,"id":"ab493817cd","n":1493817,` +
		`"pid":[493817],"text":"process (PID 493817) was terminated","bytes":493817 bytes=493817,"sum":493817.5,` +
		`"both":1493817493817x,"phone":"+861391234567"}`
	if got := planted.Sightings(innocent); got != nil {
		t.Errorf("seen where there is none: %q", got)
	}
}

// TestShortSecret: a secret of which a form is shorter than the others is found, too, in each form once.
func TestShortSecret(t *testing.T) {
	t.Parallel()
	planted := leak.Set{"pin": "a-7", "name": "abcdefgh"}
	want := []string{"name (as it is)", "name (hexadecimal)", "pin (as it is)", "pin (base64 at 0)"}
	text := "a-7 abcdefgh a-7 6162636465666768 " + base64.StdEncoding.EncodeToString([]byte("a-7"))
	if got := planted.Sightings(text + " " + text); !slices.Equal(got, want) {
		t.Errorf("seen: %q, want %q", got, want)
	}
	if got := planted.Sightings("abcdef"); got != nil {
		t.Errorf("seen where there is none: %q", got)
	}
}

// TestWatch: secrets are collected from requests and answers, and other values are ignored.
func TestWatch(t *testing.T) {
	t.Parallel()
	var w leak.Watch
	w.AddFields([]byte(`{"user_name":"somebody-else","password":"a good secret","code":"012345","captcha":"x",`+
		`"data":{"token":"aaaa.bbbb.cccc"}}`),
		"password", "code", "captcha", "token")
	w.AddFields([]byte(`{"password":"broken off`), "password")
	w.AddToken(http.Header{"Token": {"header.payload.signature-1"}})
	w.AddToken(http.Header{"Authorization": {"Bearer header.payload.signature-2"}})
	if n := w.Len(); n != 7 {
		t.Errorf("%d secrets are watched for, want 7", n)
	}
	for text, want := range map[string][]string{
		"somebody-else x":               nil,
		"code=012345 a%20good%20secret": {"code 012345 (as it is)", "password a good secret (in a path)"},
		"… signature-1":                 {"signature signature-1 (as it is)"},
	} {
		if got := w.Sightings(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
