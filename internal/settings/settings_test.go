package settings

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Read(false, []string{"ENROLL_SITES=1,7", "ENROLL_TOKEN_TTL=2h", "ENROLL_SECRET_FILE=" + secret,
		"HOME=/", "ENROLL_SMS="})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c.Sites, []int64{1, 7}) || c.TokenTTL.Hours() != 2 || c.Secret != "hush" ||
		c.Captcha != "image" || c.SMS != nil || c.CaptchaNetwork != (Widths{24, 64}) {
		t.Errorf("got %+v", c)
	}
	c, err = Read(true, nil)
	if err != nil || c.Captcha != "off" || !slices.Equal(c.SMS, SMSRoutes{{"", "log"}}) || c.CaptchaNetwork != (Widths{}) {
		t.Errorf("in development: %+v, %v", c, err)
	}
	for setting, want := range map[string]string{
		"ENROLL_TOKEN_TTL=soon":                  "ENROLL_TOKEN_TTL must be a duration",
		"ENROLL_TOKEN_TTL=1s":                    "a minute or more",
		"ENROLL_SITES=one":                       "ENROLL_SITES must be whole numbers",
		"ENROLL_SITES=0":                         "ENROLL_SITES must be ids",
		"ENROLL_COMPAT=wordpress":                "ENROLL_COMPAT must be one of anqicms",
		"ENROLL_SIGNUP=ajar":                     "ENROLL_SIGNUP must be one of open, invite, approval, closed",
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
		_, err := Read(false, []string{setting})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v does not say %q", setting, err, want)
		}
	}
}

// TestMinAgeSettings: an age above 120 or below 0 is refused, and so is a text that is not a number.
func TestMinAgeSettings(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"ENROLL_MIN_AGE=0": "", "ENROLL_MIN_AGE=16": "", "ENROLL_MIN_AGE=120": "",
		"ENROLL_MIN_AGE=121": "0 to 120", "ENROLL_MIN_AGE=-1": "0 to 120", "ENROLL_MIN_AGE=adult": "ENROLL_MIN_AGE",
	} {
		if _, err := Read(false, []string{setting}); want == "" && err != nil ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v does not say %q", setting, err, want)
		}
	}
}

// TestLocaleSettings: the languages are those of Enroll, each once, and the deployment's own is one of them. The error
// lists what can be set.
func TestLocaleSettings(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]string{
		"":                                       "zh-CN en",
		"ENROLL_LOCALE=en":                       "en zh-CN",
		"ENROLL_LOCALES=zh-CN":                   "zh-CN",
		"ENROLL_LOCALE=en ENROLL_LOCALES=en":     "en",
		"ENROLL_LOCALES=en":                      "ENROLL_LOCALE, ENROLL_LOCALES: the deployment's own language must be",
		"ENROLL_LOCALE=tlh":                      "must be one of zh-CN, en",
		"ENROLL_LOCALES=zh-CN,en,en":             "of zh-CN, en",
		"ENROLL_LOCALES=zh-CN,tlh":               "comma-separated, each once",
		"ENROLL_LOCALE=zh ENROLL_LOCALES=zh-CN,": "ENROLL_LOCALE",
	} {
		c, err := Read(false, strings.Fields(settings))
		if err != nil {
			if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "tlh") {
				t.Errorf("%s: %v does not say %q", settings, err, want)
			}
			continue
		}
		// Further languages follow.
		if got := strings.Join(c.Languages.Tags(), " "); got != want && !strings.HasPrefix(got, want+" ") {
			t.Errorf("%s: %s, want %s", settings, got, want)
		}
	}
}

// TestTermsSettings: a version or a URL that clients could not use is refused, and so is a URL without a version.
func TestTermsSettings(t *testing.T) {
	t.Parallel()
	const page = "ENROLL_TERMS_URL=https://example.com/{lang}/terms"
	for _, c := range []struct {
		set  []string
		want string
	}{
		{[]string{"ENROLL_TERMS=2026-11"}, ""}, {[]string{"ENROLL_TERMS=v1.0_b", page}, ""},
		{[]string{"ENROLL_TERMS=2026 11"}, "ENROLL_TERMS must be 1 to 32"},
		{[]string{"ENROLL_TERMS=" + strings.Repeat("1", 33)}, "ENROLL_TERMS must be 1 to 32"},
		{[]string{page}, "ENROLL_TERMS_URL is set, but ENROLL_TERMS is not"},
		{[]string{"ENROLL_TERMS=1", "ENROLL_TERMS_URL=/terms"}, "ENROLL_TERMS_URL must be an absolute URL"},
		{[]string{"ENROLL_TERMS=1", "ENROLL_TERMS_URL=javascript:alert(1)"}, "ENROLL_TERMS_URL must be an absolute URL"},
	} {
		if _, err := Read(false, c.set); c.want == "" && err != nil ||
			c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v does not say %q", c.set, err, c.want)
		}
	}
}

// TestEmailDomainSettings: an entry that no email could match is refused, and so is a list of more than 1000
// entries, which GET /api/settings may not answer.
func TestEmailDomainSettings(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"ENROLL_EMAIL_DOMAINS=example.com,*.example.com":               "",
		"ENROLL_EMAIL_DOMAINS_DENIED=mailinator.com":                   "",
		"ENROLL_EMAIL_DOMAINS=example.com,com":                         `DOMAINS: "com" is not a domain`,
		"ENROLL_EMAIL_DOMAINS_DENIED=@a.example":                       `DENIED: "@a.example" is not a domain`,
		"ENROLL_EMAIL_DISPOSABLE=deny":                                 "",
		"ENROLL_EMAIL_DISPOSABLE=on":                                   "ENROLL_EMAIL_DISPOSABLE",
		"ENROLL_EMAIL_DISPOSABLE_EXCEPT=example.com":                   "needs ENROLL_EMAIL_DISPOSABLE=deny",
		"ENROLL_EMAIL_DISPOSABLE_EXCEPT=com":                           `EXCEPT: "com" is not a domain`,
		"ENROLL_EMAIL_DOMAINS=" + strings.Repeat("a.b,", 1000) + "a.b": "cannot have more than 1000",
	} {
		if _, err := Read(false, []string{setting}); want == "" && err != nil ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.60s: %v does not say %q", setting, err, want)
		}
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := Print(false, []string{"ENROLL_DATABASE_URL=postgres://a:hunter2@b/c", "ENROLL_SITES=1,2"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, "hunter2") || !strings.Contains(s, "ENROLL_DATABASE_URL=(hidden)") ||
		!strings.Contains(s, "ENROLL_SITES=1,2 ") {
		t.Error(s)
	}
}

// TestAdminAddress: the admin API is off by default, and listens for other machines only with ENROLL_ADMIN_REMOTE=on.
func TestAdminAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings string
		ok       bool
	}{
		{"", true}, {"ENROLL_ADMIN_ADDR=127.0.0.1:9091", true}, {"ENROLL_ADMIN_ADDR=[::1]:9091", true},
		{"ENROLL_ADMIN_ADDR=localhost:9091", true}, {"ENROLL_ADMIN_ADDR=:9091", false},
		{"ENROLL_ADMIN_ADDR=0.0.0.0:9091", false}, {"ENROLL_ADMIN_ADDR=[::]:9091", false},
		{"ENROLL_ADMIN_ADDR=10.0.0.1:9091", false}, {"ENROLL_ADMIN_ADDR=admin.example.com:9091", false},
		{"ENROLL_ADMIN_ADDR=10.0.0.1:9091 ENROLL_ADMIN_REMOTE=on", true}, {"ENROLL_ADMIN_REMOTE=on", false},
	} {
		if _, err := Read(false, strings.Fields(c.settings)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.settings, err)
		}
	}
}

// TestEventReceivers: receivers of events need a secret. Events must be kept for longer than the sender retries. The
// example of docs/operate.md is read from files, since its parts have spaces. No error has a URL or a secret.
func TestEventReceivers(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	var example []string
	for _, name := range []string{"ENROLL_EVENTS_URL", "ENROLL_EVENTS_SECRET"} {
		_, value, ok := strings.Cut(string(page), "\n"+name+"=")
		value, _, _ = strings.Cut(value, "\n")
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil || !ok {
			t.Fatal(name, err)
		}
		example = append(example, name+"_FILE="+file)
	}
	for what, c := range map[string]struct {
		settings []string
		ok       bool
	}{
		"the example":      {example, true},
		"a day":            {append([]string{"ENROLL_EVENTS_KEEP=24h"}, example...), false},
		"four days":        {append([]string{"ENROLL_EVENTS_KEEP=96h"}, example...), true},
		"no secret":        {example[:1], false},
		"no receiver":      {example[1:], false},
		"not this machine": {[]string{"ENROLL_EVENTS_URL=http://hidden.example/hidden", example[1]}, false},
	} {
		_, err := Read(false, c.settings)
		if (err == nil) != c.ok || err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestMethodSettings: an unknown method and a method whose sender is not set are refused.
// The error names the setting.
func TestMethodSettings(t *testing.T) {
	t.Parallel()
	const form = "ENROLL_METHODS must be of user_name, phone, email"
	smtp := []string{"ENROLL_SMTP_URL=smtp://mail.example.com", "ENROLL_MAIL_FROM=a@example.com"}
	for _, c := range []struct {
		dev      bool
		settings []string
		want     string // in the error, "" for none
	}{
		{false, []string{"ENROLL_METHODS=user_name"}, ""},
		{false, []string{"ENROLL_METHODS=phone"}, "ENROLL_METHODS has phone, but ENROLL_SMS is not set"},
		{false, []string{"ENROLL_METHODS=user_name,email"},
			"ENROLL_METHODS has email, but neither ENROLL_SMTP_URL nor ENROLL_MAIL is set"},
		{false, append([]string{"ENROLL_METHODS=email"}, smtp...), ""},
		{true, []string{"ENROLL_METHODS=email,phone"}, ""},
		{true, []string{"ENROLL_METHODS=mail"}, form},
		{true, []string{"ENROLL_METHODS=phone,phone"}, form},
		{true, []string{"ENROLL_METHODS=Phone"}, form},
		{true, []string{"ENROLL_METHODS=phone, email"}, form},
		{true, []string{"ENROLL_METHODS=phone,"}, form},
		{true, []string{"ENROLL_METHODS=,"}, form},
	} {
		_, err := Read(c.dev, c.settings)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.settings, err)
		}
	}
}

// TestURLsAreSecret: a URL may have a key in its path or query, so each setting with one is hidden. The exceptions are
// URLs that people or their clients get, and those whose form has no room for a key.
func TestURLsAreSecret(t *testing.T) {
	t.Parallel()
	shown := []string{
		"ENROLL_TERMS_URL", "ENROLL_ASSET_BASE", "ENROLL_CORS_ORIGINS", // clients get them
		"ENROLL_BREACH_CHECK_URL", // breach.New refuses a user, a password and a query
		"ENROLL_SITEVERIFY_URL",   // its secret is a setting of its own
		"ENROLL_RECEIPTS_URL",     // the address of Enroll itself, as providers see it
	}
	for _, f := range Fields() {
		url := strings.HasSuffix(f.Name, "_URL") || strings.Contains(f.Doc, "://")
		if public := slices.Contains(shown, f.Name); url && f.Secret == public {
			t.Errorf("%s: secret is %t", f.Name, f.Secret)
		}
	}
}
