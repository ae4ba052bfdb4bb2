package sms_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/sms"
)

const (
	twilioAccount = "AC0123456789abcdef0123456789abcdef"
	twilioKey     = "SK0123456789abcdef0123456789abcdef"
	twilioService = "MG0123456789abcdef0123456789abcdef"
)

// twilio plays the creation of a message as Twilio documents it: "Messages resource" (2026-03-09) and the "Error and
// Warning Dictionary" (pages of 2026-03-11). It returns the code of an error and the HTTP status.
func (b *book) twilio(r *http.Request) (code, status int) {
	id, secret, _ := r.BasicAuth()
	err := r.ParseForm()
	form := r.PostForm
	b.callback = form.Get("StatusCallback")
	switch {
	case id != twilioKey || secret != providerSecret:
		return 20003, 401
	case r.Method != http.MethodPost || r.URL.RequestURI() != "/2010-04-01/Accounts/"+twilioAccount+"/Messages.json":
		return 20404, 404
	case err != nil || form.Get("To") == "":
		return 21604, 400
	case form.Has("From") == form.Has("MessagingServiceSid"):
		return 21603, 400
	case form.Has("From") && form.Get("From") != "+15005550006":
		return 21659, 400
	case form.Has("MessagingServiceSid") && form.Get("MessagingServiceSid") != twilioService:
		return 21701, 400
	case form.Get("Body") == "":
		return 21602, 400
	case form.Has("ValidityPeriod") && !regexp.MustCompile(`^[1-9]\d{0,4}$`).MatchString(form.Get("ValidityPeriod")):
		return 90007, 400
	case !regexp.MustCompile(`^\+[1-9]\d{6,14}$`).MatchString(form.Get("To")):
		return 21211, 400
	}
	b.take(form.Get("To"), form.Get("ValidityPeriod"), form.Get("Body"))
	return 0, 201
}

// serveTwilio answers as twilio decides. The texts of errors quote the phone.
func serveTwilio(b *book) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, status := b.twilio(r)
		w.WriteHeader(status)
		if code != 0 {
			fmt.Fprintf(w, `{"code":%d,"message":"The 'To' number %s","more_info":"https://www.twilio.com/docs/errors/%d",
				"status":%d}`, code, r.PostForm.Get("To"), code, status)
			return
		}
		fmt.Fprintf(w, `{"sid":"SM0123456789abcdef0123456789abcdef","status":"queued","error_code":null,
			"error_message":null,"to":%q,"body":%q,"num_segments":"1"}`, r.PostForm.Get("To"), r.PostForm.Get("Body"))
	}
}

// twilioConfig is the configuration that the fake accepts.
func twilioConfig(url string) sms.TwilioConfig {
	return sms.TwilioConfig{AccountSID: twilioAccount, KeySID: twilioKey, Secret: providerSecret, From: twilioService,
		Texts: sms.Texts{Name: "Enroll"}, Endpoint: url}
}

// TestTwilioAnswers: each answer of Twilio gives its result.
func TestTwilioAnswers(t *testing.T) {
	t.Parallel()
	refuse := func(code int) string { return fmt.Sprintf(`{"code":%d,"message":"+8613800138000"}`, code) }
	for _, c := range []struct {
		status int
		answer string
		kind   sms.Kind
		code   string
		handed bool
	}{
		{400, refuse(21211), sms.RecipientRefused, "21211", false}, // no valid number
		{400, refuse(21265), sms.RecipientRefused, "21265", false}, // a short code
		{400, refuse(21268), sms.RecipientRefused, "21268", false}, // a premium number
		{400, refuse(21610), sms.RecipientRefused, "21610", false}, // the holder has opted out
		{400, refuse(21614), sms.RecipientRefused, "21614", false}, // no mobile number
		{400, refuse(21635), sms.RecipientRefused, "21635", false}, // a landline
		{403, refuse(21408), sms.Refused, "21408", false},          // the account may not send to the region
		{400, refuse(21608), sms.Refused, "21608", false},          // a trial account
		{400, refuse(21612), sms.Refused, "21612", false},          // no route from this sender
		{400, refuse(21659), sms.Refused, "21659", false},          // the sender is not the account's
		{401, refuse(20003), sms.Refused, "20003", false},          // the key
		{429, refuse(20429), sms.Refused, "20429", false},          // documented as "never processed"
		{500, refuse(20500), sms.Refused, "20500", true},
		{503, refuse(20503), sms.Refused, "20503", false},
		{201, `{"sid":"SM1","status":"failed","error_code":30034}`, sms.Refused, "30034", false},
		{201, `{"status":"queued","error_code":null}`, sms.Broken, "", true},
		{200, `{"sid":"SM1","status":"queued","error_code":null}`, sms.Broken, "", true}, // not the status of a creation
	} {
		t.Run(fmt.Sprintf("%d %.30s", c.status, c.answer), func(t *testing.T) {
			t.Parallel()
			sender, err := sms.NewTwilio(twilioConfig(serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer)
			}).URL))
			if err != nil {
				t.Fatal(err)
			}
			answered(t, sender.Send(t.Context(), message), c.status, c.kind, c.code, c.handed)
		})
	}
}

// TestTwilioSenders: a phone and a Messaging Service are different parameters, and the auth token of the account
// replaces a key.
func TestTwilioSenders(t *testing.T) {
	t.Parallel()
	var b book
	cfg := twilioConfig(serve(t, serveTwilio(&b)).URL)
	cfg.From = "+15005550006"
	phone, err := sms.NewTwilio(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := phone.Send(t.Context(), message); err != nil || len(b.taken) != 1 || b.callback != "" {
		t.Errorf("%v, taken %q, callback %q", err, b.taken, b.callback)
	}
	// Receipts are asked for with each message, at the URL that is set.
	cfg.Callback = "https://receipts.example.com/api/receipts/twilio"
	if phone, err = sms.NewTwilio(cfg); err != nil {
		t.Fatal(err)
	}
	if err := phone.Send(t.Context(), message); err != nil || b.callback != cfg.Callback {
		t.Errorf("%v, callback %q", err, b.callback)
	}
	user := ""
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, _, _ = r.BasicAuth()
		serveTwilio(&b)(w, r)
	})
	cfg = twilioConfig(server.URL)
	cfg.KeySID = ""
	token, err := sms.NewTwilio(cfg)
	if err != nil {
		t.Fatal(err)
	}
	// The fake has a key, so it refuses the token.
	answered(t, token.Send(t.Context(), message), 401, sms.Refused, "20003", false)
	if user != twilioAccount {
		t.Errorf("user %q", user)
	}
}

// TestNewTwilioRefuses: settings that are missing or not safe are an error without the secret.
func TestNewTwilioRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sms.TwilioConfig){
		"no account":       func(c *sms.TwilioConfig) { c.AccountSID = "" },
		"key as account":   func(c *sms.TwilioConfig) { c.AccountSID = twilioKey },
		"path as account":  func(c *sms.TwilioConfig) { c.AccountSID = "AC" + strings.Repeat("/", 32) },
		"account as key":   func(c *sms.TwilioConfig) { c.KeySID = "AC" + strings.Repeat("1", 32) },
		"short key":        func(c *sms.TwilioConfig) { c.KeySID = "SK1" },
		"no secret":        func(c *sms.TwilioConfig) { c.Secret = "" },
		"no sender":        func(c *sms.TwilioConfig) { c.From = "" },
		"no name":          func(c *sms.TwilioConfig) { c.Texts.Name = "" },
		"long name":        func(c *sms.TwilioConfig) { c.Texts.Name = strings.Repeat("云", 21) },
		"long name, pairs": func(c *sms.TwilioConfig) { c.Texts.Name = strings.Repeat("😀", 11) },
		"two lines":        func(c *sms.TwilioConfig) { c.Texts.Name = "a\nb" },
		"blank":            func(c *sms.TwilioConfig) { c.Texts.Name = " a" },
		"long timeout":     func(c *sms.TwilioConfig) { c.Timeout = 4 * time.Second },
		"http":             func(c *sms.TwilioConfig) { c.Endpoint = "http://a.example" },
		"path":             func(c *sms.TwilioConfig) { c.Endpoint = "https://a.example/2010-04-01" },
	} {
		cfg := twilioConfig("")
		change(&cfg)
		if _, err := sms.NewTwilio(cfg); err == nil || strings.Contains(err.Error(), providerSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sms.NewTwilio(twilioConfig("")); err != nil {
		t.Error(err)
	}
}
