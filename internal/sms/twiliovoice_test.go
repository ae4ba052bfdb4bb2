package sms_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/sms"
)

// twiml is a document as "TwiML for Programmable Voice" has it (pages of 2026-03): the verbs that Enroll uses.
type twiml struct {
	XMLName xml.Name `xml:"Response"`
	Say     []struct {
		Voice    string `xml:"voice,attr"`
		Language string `xml:"language,attr"`
		Text     string `xml:",chardata"`
	} `xml:"Say"`
	Pause []struct{} `xml:"Pause"`
}

// twilioCall plays the creation of a call as Twilio documents it: "Calls resource" and the "Error and Warning
// Dictionary" (pages of 2026-03). It returns the code of an error and the HTTP status.
func (b *book) twilioCall(r *http.Request) (code, status int) {
	id, secret, _ := r.BasicAuth()
	err := r.ParseForm()
	form := r.PostForm
	var document twiml
	switch {
	case id != twilioKey || secret != providerSecret:
		return 20003, 401
	case r.Method != http.MethodPost || r.URL.RequestURI() != "/2010-04-01/Accounts/"+twilioAccount+"/Calls.json":
		return 20404, 404
	case err != nil || form.Get("To") == "":
		return 21201, 400
	case form.Get("From") == "":
		return 21213, 400
	case form.Get("From") != "+15005550006":
		return 21210, 400 // not a number of the account
	case !regexp.MustCompile(`^\+[1-9]\d{6,14}$`).MatchString(form.Get("To")):
		return 21211, 400
	case form.Get("Twiml") == "" || len(form.Get("Twiml")) > 4000:
		return 21205, 400
	case !regexp.MustCompile(`^[1-9]\d{0,2}$`).MatchString(form.Get("Timeout")):
		return 21218, 400
	case xml.Unmarshal([]byte(form.Get("Twiml")), &document) != nil || len(document.Say) == 0:
		return 12100, 400 // Twilio finds this only when the phone is answered
	}
	for _, say := range document.Say {
		b.take(form.Get("To"), say.Voice+" "+say.Language, say.Text)
	}
	return 0, 201
}

func serveTwilioCalls(b *book) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, status := b.twilioCall(r)
		w.WriteHeader(status)
		if code != 0 {
			fmt.Fprintf(w, `{"code":%d,"message":"The number %s","status":%d}`, code, r.PostForm.Get("To"), status)
			return
		}
		fmt.Fprintf(w, `{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued","to":%q}`, r.PostForm.Get("To"))
	}
}

// voiceConfig is the configuration that the fake accepts.
func voiceConfig(url string) sms.TwilioConfig {
	cfg := twilioConfig(url)
	cfg.From = "+15005550006"
	return cfg
}

// TestTwilioCall: a call speaks the text twice, in the person's language, and a name with marks of XML stays text.
func TestTwilioCall(t *testing.T) {
	t.Parallel()
	var b book
	cfg := voiceConfig(serve(t, serveTwilioCalls(&b)).URL)
	cfg.Texts.Name = `<A & "B">`
	sender, err := sms.NewTwilioVoice(cfg)
	if err != nil {
		t.Fatal(err)
	}
	m := message
	m.Voice, m.Locale = true, "de"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if len(b.taken) != 2 || b.taken[0] != b.taken[1] {
		t.Fatalf("%q", b.taken)
	}
	want := `+8613800138000 Polly.Vicki de-DE Hier ist <A & "B">. Ihr Code zum Erstellen eines Kontos lautet: ` +
		`9, 1, 8, 2, 7, 3. Geben Sie ihn nicht weiter.`
	if b.taken[0] != want {
		t.Errorf("%s\nwant %s", b.taken[0], want)
	}
}

// TestTwilioCallAnswers: each answer gives its result. An answer that leaves open whether the call was made is not
// known, so no other sender calls.
func TestTwilioCallAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		answer string
		kind   sms.Kind
		code   string
		handed bool
	}{
		{400, `{"code":21211,"message":"+8613800138000"}`, sms.RecipientRefused, "21211", false},
		{400, `{"code":21210}`, sms.Refused, "21210", false}, // the number is not the account's
		{400, `{"code":21215}`, sms.Refused, "21215", false}, // the account may not call the country
		{401, `{"code":20003}`, sms.Refused, "20003", false},
		{429, `{"code":20429}`, sms.Refused, "20429", false},
		{500, `{"code":20500}`, sms.Refused, "20500", true},
		{201, `{"status":"queued"}`, sms.Broken, "", true},
	} {
		t.Run(fmt.Sprintf("%d %.30s", c.status, c.answer), func(t *testing.T) {
			t.Parallel()
			sender, err := sms.NewTwilioVoice(voiceConfig(serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer)
			}).URL))
			if err != nil {
				t.Fatal(err)
			}
			m := message
			m.Voice = true
			answered(t, sender.Send(t.Context(), m), c.status, c.kind, c.code, c.handed)
		})
	}
}

// TestNewTwilioVoiceRefuses: what Twilio would refuse at the first call is an error at the start.
func TestNewTwilioVoiceRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sms.TwilioConfig){
		"service as sender": func(c *sms.TwilioConfig) { c.From = twilioService },
		"name as sender":    func(c *sms.TwilioConfig) { c.From = "Shop" },
		"no name":           func(c *sms.TwilioConfig) { c.Texts.Name = "" },
		"long name":         func(c *sms.TwilioConfig) { c.Texts.Name = strings.Repeat("n", 21) },
		"key as account":    func(c *sms.TwilioConfig) { c.AccountSID = twilioKey },
		"no secret":         func(c *sms.TwilioConfig) { c.Secret = "" },
		"http":              func(c *sms.TwilioConfig) { c.Endpoint = "http://a.example" },
	} {
		cfg := voiceConfig("")
		change(&cfg)
		if _, err := sms.NewTwilioVoice(cfg); err == nil || strings.Contains(err.Error(), providerSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sms.NewTwilioVoice(voiceConfig("")); err != nil {
		t.Error(err)
	}
}

// TestRouterKeepsCallsApart: a message never goes to a sender of calls, nor a call to a sender of messages. A call that
// may have been made is made by no other sender.
func TestRouterKeepsCallsApart(t *testing.T) {
	t.Parallel()
	unknown := real(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })
	var asked []string
	route := func(name string, voice bool, end func(context.Context) error) sms.Route {
		return sms.Route{Name: name, Voice: voice, Sender: scripted{name, &asked, end}}
	}
	fine := func(context.Context) error { return nil }
	r, err := sms.NewRouter(sms.RouterConfig{Now: time.Now, Metrics: prometheus.NewRegistry(), Routes: []sms.Route{
		route("twilio", false, fine), route("twilio-voice", true, unknown), route("webhook-voice", true, fine),
	}})
	if err != nil {
		t.Fatal(err)
	}
	m := message
	if err := r.Send(t.Context(), m); err != nil {
		t.Error(err)
	}
	m.Voice = true
	if err := r.Send(t.Context(), m); err == nil {
		t.Error("a call that may have been made is taken as made")
	}
	if got := strings.Join(asked, " "); got != "twilio twilio-voice" {
		t.Errorf("asked %s", got)
	}
}
