package sms_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/wording"
)

// written returns the words of files.
func written(t *testing.T, files map[string]string) *wording.Words {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	words, err := wording.Load(folder, wording.Bounds{
		Sites: []int64{1, 2}, SMSName: "Enroll", Code: "918273", Minutes: "10", NoticesAbroad: []string{"aliyun", "tencent"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// TestOwnTexts: the operator's words of a site and a language, and the built-in words where there are none.
func TestOwnTexts(t *testing.T) {
	t.Parallel()
	texts := sms.Texts{Name: "Enroll", Words: written(t, map[string]string{
		"en/sms-code.txt": "{code} from {name}, {minutes} min", "en/sms-password-changed.txt": "{name}: password changed",
		"site-2/en/sms-login.txt": "two: {code}",
	})}
	for _, c := range []struct {
		site                  int64
		locale, purpose, code string
		want                  string
	}{
		{1, "en", "login", "918273", "918273 from Enroll, 10 min"},
		{1, "en", "another", "918273", "918273 from Enroll, 10 min"},
		{2, "en", "login", "918273", "two: 918273"},
		{2, "en", "reset", "918273", "918273 from Enroll, 10 min"},
		{1, "en", sms.PasswordChanged, "", "Enroll: password changed"},
		{1, "en", sms.PhoneChanged, "", "Enroll: The phone number of your account was changed. If it was not you, " +
			"contact us at once."},
		{1, "zh-CN", "login", "918273", "【Enroll】您正在登录，验证码918273，10分钟内有效，请勿告诉任何人。"},
	} {
		m := sms.Message{SiteID: c.site, Locale: c.locale, Purpose: c.purpose, Code: c.code,
			ExpiresIn: 11*time.Minute - time.Second}
		if got, err := texts.Of(m); err != nil || got != c.want {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}

// TestAutofillLines: the lines by which phones offer a code stand after the words, that of the host last, and only in
// a message with a code.
func TestAutofillLines(t *testing.T) {
	t.Parallel()
	own := written(t, map[string]string{"en/sms-code.txt": "{code}"})
	for _, c := range []struct{ host, hash, want string }{
		{"", "", "918273"},
		{"account.example.com", "", "918273\n\n@account.example.com #918273"},
		{"", "FA+9qCX9VSu", "918273\n\nFA+9qCX9VSu"},
		{"account.example.com", "FA+9qCX9VSu", "918273\n\nFA+9qCX9VSu\n@account.example.com #918273"},
	} {
		texts := sms.Texts{Name: "Enroll", Words: own, Host: c.host, AppHash: c.hash}
		m := sms.Message{SiteID: 1, Locale: "en", Purpose: "login", Code: "918273", ExpiresIn: 10 * time.Minute}
		if got, err := texts.Of(m); err != nil || got != c.want {
			t.Errorf("%q, %q: %q, %v", c.host, c.hash, got, err)
		}
		m.Code, m.Purpose = "", sms.PhoneChanged
		if got, err := texts.Of(m); err != nil || strings.Contains(got, "\n") {
			t.Errorf("a notice with %q, %q: %q, %v", c.host, c.hash, got, err)
		}
	}
}

// TestOwnTextIsSent: each sender of texts sends the operator's words with the lines, and refuses a host with which its
// built-in texts are too long.
func TestOwnTextIsSent(t *testing.T) {
	t.Parallel()
	own := written(t, map[string]string{"en/sms-code.txt": "own {code}"})
	texts := sms.Texts{Name: "Enroll", Words: own, Host: "a.example"}
	long := texts
	long.Host = strings.Repeat("a", 200) + ".example"
	for name, open := range map[string]func(sms.Texts, string) (sms.Sender, error){
		"sns": func(texts sms.Texts, url string) (sms.Sender, error) {
			cfg := snsConfig(url)
			cfg.Texts = texts
			return sms.NewSNS(cfg)
		},
		"twilio": func(texts sms.Texts, url string) (sms.Sender, error) {
			cfg := twilioConfig(url)
			cfg.Texts = texts
			return sms.NewTwilio(cfg)
		},
		"vonage": func(texts sms.Texts, url string) (sms.Sender, error) {
			cfg := vonageConfig(url)
			cfg.Texts = texts
			return sms.NewVonage(cfg)
		},
	} {
		bodies := make(chan string, 1)
		server := serve(t, func(_ http.ResponseWriter, r *http.Request) { bodies <- bodyOf(r) })
		sender, err := open(texts, server.URL)
		if err != nil {
			t.Fatal(err)
		}
		m := message
		m.Locale, m.SiteID = "en", 1
		// The answer is none of the provider's, which other tests are about.
		_ = sender.Send(t.Context(), m)
		if body := <-bodies; !strings.Contains(body, "own+"+m.Code+"%0A%0A%40a.example+%23"+m.Code) &&
			!strings.Contains(body, `own `+m.Code+`\n\n@a.example #`+m.Code) {
			t.Errorf("%s sends %s", name, body)
		}
		if _, err := open(long, server.URL); err == nil {
			t.Errorf("%s accepts a host of 208 characters", name)
		}
	}
}

// TestOwnTemplates: the ids and the signature of the operator's files replace those of the settings, for the sites and
// languages that have them.
func TestOwnTemplates(t *testing.T) {
	t.Parallel()
	const ids = "sign Two\nlogin 11\nlogin-abroad 12\nnotice 13"
	words := written(t, map[string]string{"site-2/en/aliyun.ids": ids, "site-2/en/tencent.ids": ids})
	for name, open := range map[string]func(url string) (sms.Sender, error){
		"aliyun": func(url string) (sms.Sender, error) {
			return sms.NewAliyun(sms.AliyunConfig{KeyID: "k", KeySecret: "s", Sign: "One", Template: "1", TemplateAbroad: "2",
				NoticeTemplate: "3", NoticeTemplateAbroad: "4", Words: words, Endpoint: url})
		},
		"tencent": func(url string) (sms.Sender, error) {
			return sms.NewTencent(sms.TencentConfig{SecretID: "k", SecretKey: "s", AppID: "1", Sign: "One", Template: "1",
				TemplateAbroad: "2", NoticeTemplate: "3", NoticeTemplateAbroad: "4", Words: words, Endpoint: url})
		},
	} {
		for _, c := range []struct {
			site                 int64
			locale, phone        string
			purpose, code        string
			wantSign, wantTempID string
		}{
			{1, "en", "+8613800138000", "login", "918273", "One", "1"},
			{2, "zh-CN", "+8613800138000", "login", "918273", "One", "1"},
			{2, "en", "+8613800138000", "login", "918273", "Two", "11"},
			{2, "en", "+8613800138000", "reset", "918273", "Two", "1"},
			{2, "en", "+85251234567", "login", "918273", "Two", "12"},
			{2, "en", "+8613800138000", sms.PhoneChanged, "", "Two", "13"},
			{2, "en", "+85251234567", sms.PhoneChanged, "", "Two", "4"},
		} {
			requests := make(chan string, 1)
			server := serve(t, func(_ http.ResponseWriter, r *http.Request) { requests <- r.URL.RawQuery + "&" + bodyOf(r) })
			sender, err := open(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			_ = sender.Send(t.Context(), sms.Message{Phone: c.phone, SiteID: c.site, Locale: c.locale, Purpose: c.purpose,
				Code: c.code, ExpiresIn: 10 * time.Minute})
			got := <-requests
			sign, id := "SignName="+c.wantSign+"&", "TemplateCode="+c.wantTempID+"&"
			if name == "tencent" {
				sign, id = `"SignName":"`+c.wantSign+`"`, `"TemplateId":"`+c.wantTempID+`"`
			}
			// Tencent's messages abroad have no signature.
			signed := strings.Contains(got, sign) || name == "tencent" && c.phone[:3] != "+86"
			if !signed || !strings.Contains(got, id) {
				t.Errorf("%s, %+v: %s", name, c, got)
			}
		}
	}
}

// bodyOf returns the body of a request.
func bodyOf(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	return string(body)
}

// TestBuiltInTextsAreRetrieved: with the hash of an Android app, a start fails if a built-in text is longer than such
// an app gets, unless a file of all sites replaces the text.
func TestBuiltInTextsAreRetrieved(t *testing.T) {
	t.Parallel()
	short := map[string]string{"zh-CN/sms-code.txt": "验证码{code}", "en/sms-code.txt": "{code} is your code."}
	// With all languages, a name of seven letters has room.
	for name, fits := range map[string]bool{"Example": true, "Examples": false} {
		cfg := twilioConfig("http://127.0.0.1:1")
		cfg.Texts = sms.Texts{Name: name, AppHash: "FA+9qCX9VSu"}
		if _, err := sms.NewTwilio(cfg); (err == nil) != fits {
			t.Errorf("%s in all languages: %v", name, err)
		}
	}
	for _, c := range []struct {
		name, hash, host string
		own              map[string]string
		fits             bool
	}{
		{"Enroll", "FA+9qCX9VSu", "", nil, true},
		{"Enroll", "", "account.example.com", nil, true},
		{"Enroll", "FA+9qCX9VSu", "account.example.com", nil, false},
		{"Enroll", "FA+9qCX9VSu", "account.example.com", short, true},
		{"Enroll", "FA+9qCX9VSu", "account.example.com", map[string]string{"en/sms-code.txt": "{code}"}, false},
		{"Enroll", "FA+9qCX9VSu", "account.example.com", map[string]string{"site-2/zh-CN/sms-code.txt": "{code}",
			"site-2/en/sms-code.txt": "{code}"}, false},
		{strings.Repeat("N", sms.MaxName), "FA+9qCX9VSu", "", nil, false},
		{strings.Repeat("N", sms.MaxName-1), "FA+9qCX9VSu", "", nil, true},
	} {
		texts := sms.Texts{Name: c.name, Host: c.host, AppHash: c.hash, Locales: []string{"zh-CN", "en"}}
		if c.own != nil {
			texts.Words = written(t, c.own)
		}
		cfg := twilioConfig("http://127.0.0.1:1")
		cfg.Texts = texts
		_, err := sms.NewTwilio(cfg)
		if (err == nil) != c.fits || err != nil && !strings.Contains(err.Error(), "ENROLL_SMS_ANDROID_HASH") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestIDOfAnotherLanguage: if only files have templates for phones abroad, a language without one gets that of the
// deployment's own language, with its signature, or else that of any other. A template of the settings counts before.
func TestIDOfAnotherLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ own, settings, locale, sign, id string }{
		{"zh-CN", "", "fr", "Zh", "11"}, {"en", "", "fr", "En", "12"}, {"de", "", "fr", "Zh", "11"},
		{"zh-CN", "", "en", "En", "12"}, {"zh-CN", "2", "fr", "One", "2"},
	} {
		folder := fstest.MapFS{
			"zh-CN/aliyun.ids": {Data: []byte("sign Zh\ncode-abroad 11")},
			"en/aliyun.ids":    {Data: []byte("sign En\ncode-abroad 12")},
		}
		words, err := wording.Load(folder, wording.Bounds{
			Sites: []int64{1}, Locale: c.own, SMSName: "Enroll", Code: "918273", Minutes: "10",
			NoticesAbroad: []string{"aliyun"},
		})
		if err != nil {
			t.Fatal(err)
		}
		requests := make(chan string, 1)
		server := serve(t, func(_ http.ResponseWriter, r *http.Request) { requests <- r.URL.RawQuery + "&" + bodyOf(r) })
		sender, err := sms.NewAliyun(sms.AliyunConfig{KeyID: "k", KeySecret: "s", Sign: "One", Template: "1",
			TemplateAbroad: c.settings, NoticeTemplate: "3", NoticeTemplateAbroad: "4", Words: words, Endpoint: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		err = sender.Send(t.Context(), sms.Message{Phone: "+85251234567", SiteID: 1, Locale: c.locale, Purpose: "login",
			Code: "918273", ExpiresIn: 10 * time.Minute})
		// The answer of the fake is not that of the provider, so an error is expected once the request was sent.
		if len(requests) == 0 {
			t.Errorf("%+v: no request: %v", c, err)
			continue
		}
		if got := <-requests; !strings.Contains(got, "SignName="+c.sign+"&") ||
			!strings.Contains(got, "TemplateCode="+c.id+"&") {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
