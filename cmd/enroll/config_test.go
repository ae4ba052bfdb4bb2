package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestReadConfig(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig(false, []string{"ENROLL_SITES=1,7", "ENROLL_TOKEN_TTL=2h", "ENROLL_SECRET_FILE=" + secret,
		"HOME=/", "ENROLL_SMS="})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c.Sites, []int64{1, 7}) || c.TokenTTL.Hours() != 2 || c.Secret != "hush" ||
		c.Captcha != "image" || c.SMS != nil || c.CaptchaNetwork != (widths{24, 64}) {
		t.Errorf("got %+v", c)
	}
	c, err = readConfig(true, nil)
	if err != nil || c.Captcha != "off" || !slices.Equal(c.SMS, smsRoutes{{"", "log"}}) || c.CaptchaNetwork != (widths{}) {
		t.Errorf("in development: %+v, %v", c, err)
	}
	for setting, want := range map[string]string{
		"ENROLL_TOKEN_TTL=soon":                  "ENROLL_TOKEN_TTL must be a duration",
		"ENROLL_TOKEN_TTL=1s":                    "a minute or more",
		"ENROLL_SITES=one":                       "ENROLL_SITES must be whole numbers",
		"ENROLL_SITES=0":                         "ENROLL_SITES must be ids",
		"ENROLL_COMPAT=wordpress":                "ENROLL_COMPAT must be one of anqicms",
		"ENROLL_CAPTCHA=none":                    "ENROLL_CAPTCHA must be one of off, image",
		"ENROLL_LIMIT_SMS_DAY=0":                 "ENROLL_LIMIT_SMS_DAY must be a whole number from 1",
		"ENROLL_CAPTCHA_NETWORK=/24":             "ENROLL_CAPTCHA_NETWORK must be widths",
		"ENROLL_CAPTCHA_NETWORK=24":              "ENROLL_CAPTCHA_NETWORK must be widths",
		"ENROLL_CAPTCHA_NETWORK=33/64":           "ENROLL_CAPTCHA_NETWORK must be widths",
		"ENROLL_CAPTCHA_NETWORK=7/64":            "ENROLL_CAPTCHA_NETWORK must be widths",
		"ENROLL_CAPTCHA_NETWORK=24/65":           "ENROLL_CAPTCHA_NETWORK must be widths",
		"ENROLL_CAPTCHA_NETWORK=24/15":           "ENROLL_CAPTCHA_NETWORK must be widths",
		"ENROLL_LIMIT_ADDRESS=often":             "ENROLL_LIMIT_ADDRESS must be a rate",
		"ENROLL_TRUSTED_PROXIES=me":              "ENROLL_TRUSTED_PROXIES must be networks",
		"ENROLL_GROUP_ID=x":                      "ENROLL_GROUP_ID must be a whole number",
		"ENROLL_PASSWORD_MIN_LENGTH=5":           "8 to 64",
		"ENROLL_ADDR_FILE=/etc/hosts":            "ENROLL_ADDR_FILE is not a setting",
		"ENROLL_SECRET_FILE=/no/secret":          "ENROLL_SECRET_FILE",
		"ENROLL_CORS_ORIGINS=*":                  "ENROLL_CORS_ORIGINS: not an origin",
		"ENROLL_CORS_ORIGINS=https://a.example/": "ENROLL_CORS_ORIGINS: an origin ends with its host",
	} {
		_, err := readConfig(false, []string{setting})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v does not say %q", setting, err, want)
		}
	}
}

// TestStatuses: the start says which statuses refusals have, and the switch for the reference's clients
// implies 200.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings []string
		always   bool
		says     string
	}{
		{nil, false, "400 to 503 for refusals (ENROLL_HTTP_STATUS=standard)"},
		{[]string{"ENROLL_HTTP_STATUS=always-200"}, true, "200 for refusals under /api too (ENROLL_HTTP_STATUS=always-200)"},
		{[]string{"ENROLL_COMPAT=anqicms"}, true, "200 for refusals under /api too (ENROLL_COMPAT=anqicms)"},
	} {
		got, err := readConfig(false, c.settings)
		if err != nil || got.alwaysOK() != c.always || got.statuses() != c.says ||
			(got.spec() == "/openapi-always-200.yaml") != c.always {
			t.Errorf("%v: %t, %q, %v", c.settings, got.alwaysOK(), got.statuses(), err)
		}
	}
}

func TestPrintConfig(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), []string{"config"}, []string{"ENROLL_DATABASE_URL=postgres://a:hunter2@b/c",
		"ENROLL_SITES=1,2"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, "hunter2") || !strings.Contains(s, "ENROLL_DATABASE_URL=(hidden)") ||
		!strings.Contains(s, "ENROLL_SITES=1,2 ") {
		t.Error(s)
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		want string
	}{
		{"", "say what to do"}, {"fly", "no command"}, {"serve now", "takes no argument"},
		{"migrate --dev", "flag"}, {"migrate", "ENROLL_DATABASE_URL"},
		{"keygen", "needs the folder"}, {"version", ""}, {"--version", ""}, {"-version", ""},
		{"help", ""}, {"--help", ""}, {"-h", ""}, {"serve --help", ""}, {"serve --dev -h", ""}, {"keygen --help", ""},
	} {
		err := run(t.Context(), strings.Fields(c.args), nil, &bytes.Buffer{})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("enroll %s: %v", c.args, err)
		}
	}
	dir := t.TempDir()
	if err := run(t.Context(), []string{"keygen", dir}, nil, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"keygen", dir}, nil, &bytes.Buffer{}); err == nil ||
		!strings.Contains(err.Error(), "overwrites nothing") {
		t.Errorf("a second time: %v", err)
	}
}
