package hook_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"github.com/enroll-project/enroll/internal/hook"
)

// TestMain fails if a goroutine outlives the tests: the package has none of its own.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret signs the requests of the tests.
var secret = "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfe}, 32))

// applicant has a canary in each text.
var applicant = hook.Applicant{
	Site: 3, Method: "email", UserName: "canary-name", Email: "canary@example.com", Phone: "+8613800138000",
	RealName: "Canary 新用户", FirstName: "Canary", LastName: "Bird", AvatarURL: "https://example.com/canary.png",
	Birthday: 631152000, InviteCode: "canaryinvite", InviteID: 1005, Language: "zh-CN", Network: "203.0.113.0/24",
}

// asked is a hook with its metrics.
type asked struct {
	*hook.Hook
	registry *prometheus.Registry
}

// serve starts a receiver.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// answering starts a receiver with one answer.
func answering(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// newHook returns a hook that waits a minute for answers, so that a slow machine fails no test, unless the
// configuration sets a timeout.
func newHook(t *testing.T, cfg hook.Config) asked {
	t.Helper()
	a := asked{registry: prometheus.NewRegistry()}
	cfg.Metrics, cfg.Secret = a.registry, secret
	var err error
	if a.Hook, err = hook.New(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	if cfg.Timeout == 0 {
		a.SetTimeout(time.Minute)
	}
	return a
}

// counted fails the test unless the metrics have exactly these results, and as many times as requests were made.
func (a asked) counted(t *testing.T, want map[string]int) {
	t.Helper()
	families, err := a.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got, timed := map[string]int{}, 0
	for _, family := range families {
		for _, m := range family.GetMetric() {
			timed += int(m.GetHistogram().GetSampleCount())
			for _, label := range m.GetLabel() {
				got[label.GetValue()] = int(m.GetCounter().GetValue())
			}
		}
	}
	if len(got) != 6 {
		t.Errorf("the results are %v", got)
	}
	requests := 0
	for result, n := range got {
		if n != want[result] {
			t.Errorf("%d %s, want %d", n, result, want[result])
		}
		if result != "skipped" && result != "overloaded" {
			requests += n
		}
	}
	if timed != requests {
		t.Errorf("%d requests are timed, want %d", timed, requests)
	}
}

// undecided fails the test unless an error says that there was no decision, without anything of the request or
// the answer.
func undecided(t *testing.T, err error) {
	t.Helper()
	away := (*hook.UnavailableError)(nil)
	if !errors.As(err, &away) || away.RetryAfter <= 0 {
		t.Errorf("error %v, want no decision", err)
		return
	}
	if text := strings.ToLower(fmt.Sprintf("%v %+v %#v", err, err, err)); strings.Contains(text, "canary") ||
		strings.Contains(text, "138001") || strings.Contains(text, "127.0.0.1") || strings.Contains(text, "querysecret") {
		t.Errorf("the error tells %s", text)
	}
}

// TestRequest: a request has the applicant and nothing else, and the library of Standard Webhooks accepts it.
func TestRequest(t *testing.T) {
	t.Parallel()
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	h := newHook(t, hook.Config{URL: serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := verifier.Verify(body, r.Header); err != nil {
			t.Error(err)
		}
		ids[r.Header.Get("webhook-id")] = true
		if r.Method != http.MethodPost || r.RequestURI != "/hook?key=querysecret" ||
			r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s, %v", r.Method, r.RequestURI, r.Header)
		}
		var got, want any
		_ = json.Unmarshal(body, &got)
		at, _ := got.(map[string]any)["timestamp"].(string)
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			t.Error(err)
		}
		_ = json.Unmarshal([]byte(`{"type":"user.registering","timestamp":"`+at+`","data":{"site_id":3,"method":"email",
			"user_name":"canary-name","email":"canary@example.com","phone":"+8613800138000","real_name":"Canary 新用户",
			"first_name":"Canary","last_name":"Bird","avatar_url":"https://example.com/canary.png","birthday":631152000,
			"invite_code":"canaryinvite","invite_id":1005,"language":"zh-CN","network":"203.0.113.0/24"}}`), &want)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		_, _ = io.WriteString(w, `{"decision":"allow"}`)
	}).URL + "/hook?key=querysecret"})
	for range 2 {
		if err := h.Ask(t.Context(), applicant); err != nil {
			t.Error(err)
		}
	}
	if len(ids) != 2 {
		t.Errorf("the ids of two requests are %v", ids)
	}
	h.counted(t, map[string]int{"allowed": 2})
}

// TestDecisions: a denial has its field and its message in the person's language. Members that are not known are
// ignored.
func TestDecisions(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"decision":"allow"}`:                         "",
		`{"decision":"allow","more":{"a":[1]}}`:        "",
		`{"decision":"deny"}`:                          " - -",
		`{"decision":"deny","field":"","messages":{}}`: " - -",
		`{"decision":"deny","field":"email","messages":{"en":"No","zh-CN":"不行"}}`:  "email 不行 No",
		`{"decision":"deny","field":"birthday","messages":{"zh":"不","de":"Nein"}}`: "birthday 不 -",
		`{"decision":"deny","messages":{"en":"` + strings.Repeat("字", 300) + `"}}`: " - " + strings.Repeat("字", 300),
		// Joiners and marks of direction are parts of words.
		`{"decision":"deny","messages":{"en":"می\u200cخواهم\u200f"}}`: " - می\u200cخواهم\u200f",
	} {
		h := newHook(t, hook.Config{URL: answering(t, http.StatusOK, body).URL})
		err := h.Ask(t.Context(), applicant)
		var denied *hook.Denied
		got := ""
		if errors.As(err, &denied) {
			words := []string{denied.Field, denied.Message("zh-CN"), denied.Message("en")}
			for i, word := range words[1:] {
				if word == "" {
					words[i+1] = "-"
				}
			}
			got = strings.Join(words, " ")
			if strings.Contains(err.Error(), "No") {
				t.Errorf("the error has the message: %v", err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// TestNoDecision: any other answer is no decision. It refuses if the hook is closed and admits if it is open, and is
// counted. It begins no pause.
func TestNoDecision(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"empty":            {200, ""},
		"no JSON":          {200, "canary"},
		"no object":        {200, `"allow"`},
		"no decision":      {200, `{}`},
		"another decision": {200, `{"decision":"canary"}`},
		"other case":       {200, `{"Decision":"allow"}`},
		"null":             {200, `null`},
		"decision twice":   {200, `{"decision":"deny","decision":"allow"}`},
		"two documents":    {200, `{"decision":"allow"}{"decision":"allow"}`},
		"a long answer":    {200, `{"decision":"allow"}` + strings.Repeat(" ", hook.MaxAnswer)},
		"204":              {204, ""},
		"201":              {201, `{"decision":"allow"}`},
		"403":              {403, `{"decision":"deny"}`},
		"500":              {500, "canary"},
		"503":              {503, `{"decision":"allow"}`},
	} {
		for _, open := range []bool{false, true} {
			h := newHook(t, hook.Config{URL: answering(t, answer.status, answer.body).URL, Open: open})
			const often = 7 // more failures than begin a pause
			for range often {
				if err := h.Ask(t.Context(), applicant); !open {
					undecided(t, err)
				} else if err != nil {
					t.Errorf("%s: an open hook refuses: %v", name, err)
				}
			}
			h.counted(t, map[string]int{"invalid": often})
			if t.Failed() {
				t.Fatal(name, open)
			}
		}
	}
}

// TestDenialStays: a denial with a field or a message that cannot be shown is a denial without it, also where the hook
// is open. The other texts of the denial are kept.
func TestDenialStays(t *testing.T) {
	t.Parallel()
	long := `{"decision":"deny","messages":{`
	for i := range 33 {
		long += fmt.Sprintf(`"l%d":"x",`, i)
	}
	for name, body := range map[string]string{
		"invalid UTF-8":       "{\"decision\":\"deny\",\"messages\":{\"en\":\"\xff\"}}",
		"unknown field":       `{"decision":"deny","field":"canary"}`,
		"password as a field": `{"decision":"deny","field":"password"}`,
		"wrong type":          `{"decision":"deny","messages":"canary"}`,
		"a line break":        `{"decision":"deny","messages":{"en":"a\nb"}}`,
		"an escape":           `{"decision":"deny","messages":{"en":"\u001b[31m"}}`,
		"C1":                  `{"decision":"deny","messages":{"en":"\u0085"}}`,
		"an override":         `{"decision":"deny","messages":{"en":"\u202eno"}}`,
		"an isolate":          `{"decision":"deny","messages":{"en":"\u2066no"}}`,
		"a line separator":    `{"decision":"deny","messages":{"en":"a\u2028b"}}`,
		"an empty message":    `{"decision":"deny","messages":{"en":""}}`,
		"a long message":      `{"decision":"deny","messages":{"en":"` + strings.Repeat("字", 301) + `"}}`,
		"no language":         `{"decision":"deny","messages":{"":"no"}}`,
		"a bad language":      `{"decision":"deny","messages":{"zh CN":"no"}}`,
		"many languages":      strings.TrimSuffix(long, ",") + "}}",
		"a type of field":     `{"decision":"deny","field":1}`,
	} {
		for _, open := range []bool{false, true} {
			h := newHook(t, hook.Config{URL: answering(t, 200, body).URL, Open: open})
			var denied *hook.Denied
			if err := h.Ask(t.Context(), applicant); !errors.As(err, &denied) || denied.Field != "" ||
				denied.Message("en")+denied.Message("zh") != "" {
				t.Errorf("%s, open %t: %v", name, open, err)
			}
			h.counted(t, map[string]int{"denied": 1})
		}
	}
	half := `{"decision":"deny","field":"email","messages":{"en":"a\nb","zh":"不行"}}`
	h := newHook(t, hook.Config{URL: answering(t, 200, half).URL})
	var denied *hook.Denied
	if err := h.Ask(t.Context(), applicant); !errors.As(err, &denied) || denied.Field != "email" ||
		denied.Message("zh-CN") != "不行" || denied.Message("en") != "" {
		t.Errorf("%v", err)
	}
}

// TestGoesNowhereElse: a redirect is not followed, and TLS is verified.
func TestGoesNowhereElse(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the target of the redirect is asked") })
	redirect := http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect)
	h := newHook(t, hook.Config{URL: serve(t, redirect.ServeHTTP).URL})
	undecided(t, h.Ask(t.Context(), applicant))
	h.counted(t, map[string]int{"invalid": 1})

	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"decision":"allow"}`)
	}))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the client refuses the certificate
	secure.StartTLS()
	t.Cleanup(secure.Close)
	h = newHook(t, hook.Config{URL: secure.URL})
	undecided(t, h.Ask(t.Context(), applicant))
	h.counted(t, map[string]int{"failed": 1})
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	h = newHook(t, hook.Config{URL: secure.URL, RootCAs: roots})
	if err := h.Ask(t.Context(), applicant); err != nil {
		t.Error(err)
	}
}

// TestSilence: a receiver that does not answer in time, or never ends its answer, is given up. After five such requests
// none is made, until the pause of thirty seconds is over.
func TestSilence(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"silent": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"endless": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"decision":"allow"`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		var healthy atomic.Bool
		var requests atomic.Int32
		now := time.Now()
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			_, _ = io.Copy(io.Discard, r.Body) // the server notices that the client is gone only then
			if healthy.Load() {
				_, _ = io.WriteString(w, `{"decision":"allow"}`)
				return
			}
			answer(w, r)
		})
		h := newHook(t, hook.Config{URL: server.URL, Timeout: 50 * time.Millisecond, Now: func() time.Time { return now }})
		for range 8 {
			undecided(t, h.Ask(t.Context(), applicant))
		}
		h.counted(t, map[string]int{"failed": 5, "skipped": 3})
		if n := requests.Load(); n > 5 {
			t.Errorf("%s: %d requests", name, n)
		}
		now = now.Add(31 * time.Second)
		healthy.Store(true)
		h.SetTimeout(time.Minute)
		for range 2 {
			if err := h.Ask(t.Context(), applicant); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestOverload: more requests than slots are not made, and do not count as failures of the receiver.
func TestOverload(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	h := newHook(t, hook.Config{URL: serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-release
		_, _ = io.WriteString(w, `{"decision":"allow"}`)
	}).URL})
	h.SetRunning(1, time.Millisecond)
	done := make(chan error)
	go func() { done <- h.Ask(context.WithoutCancel(t.Context()), applicant) }()
	<-asked
	for range 9 {
		undecided(t, h.Ask(t.Context(), applicant))
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	go func() { <-asked }()
	if err := h.Ask(t.Context(), applicant); err != nil {
		t.Error(err)
	}
	h.counted(t, map[string]int{"allowed": 2, "overloaded": 9})
}

// TestCallerHangsUp: a request of a person that has gone is finished, and is no failure of the receiver.
func TestCallerHangsUp(t *testing.T) {
	t.Parallel()
	gone := make(chan struct{})
	h := newHook(t, hook.Config{URL: serve(t, func(w http.ResponseWriter, _ *http.Request) {
		<-gone
		_, _ = io.WriteString(w, `{"decision":"allow"}`)
	}).URL})
	ctx, hangUp := context.WithCancel(t.Context())
	go func() { hangUp(); close(gone) }()
	if err := h.Ask(ctx, applicant); err != nil {
		t.Error(err)
	}
	h.counted(t, map[string]int{"allowed": 1})
}

// TestNewRefuses: the receiver must be https or this machine, and requests are signed.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]hook.Config{
		"no URL": {Secret: secret}, "no secret": {URL: "https://canary.example/"},
		"a short secret":  {URL: "https://canary.example/", Secret: "whsec_Y2FuYXJ5"},
		"plain HTTP":      {URL: "http://canary.example/", Secret: secret},
		"a password":      {URL: "https://a:canary@example.com/", Secret: secret},
		"another scheme":  {URL: "ftp://canary.example/", Secret: secret},
		"a fragment":      {URL: "https://canary.example/#a", Secret: secret},
		"a long timeout":  {URL: "https://canary.example/", Secret: secret, Timeout: time.Second + 1},
		"a negative time": {URL: "https://canary.example/", Secret: secret, Timeout: -1},
	} {
		if _, err := hook.New(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "Y2FuYXJ5") {
			t.Errorf("%s: %v", name, err)
		}
	}
	h, err := hook.New(hook.Config{URL: "http://[::1]:1/", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	requests, wait, timeout := h.Bounds()
	if got := []any{requests, wait, timeout}; !slices.Equal(got, []any{64, 100 * time.Millisecond, time.Second}) {
		t.Errorf("the bounds are %v", got)
	}
	if err := (*hook.Hook)(nil).Ask(t.Context(), applicant); err != nil {
		t.Error(err)
	}
}
