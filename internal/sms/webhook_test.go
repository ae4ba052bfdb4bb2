package sms_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/enroll-project/enroll/internal/sms"
)

var message = sms.Message{
	Phone: "+8613800138000", Code: "918273", Purpose: "register",
	ExpiresIn: 10 * time.Minute, Locale: "zh-CN", SiteID: 1,
}

// secret returns a secret of n bytes.
func secret(n int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfe}, n))
}

// query is a URL's query with a key, as some receivers require one.
const query = "?key=querysecret"

// newWebhook returns a Webhook for url, with a secret if cfg has none.
func newWebhook(t *testing.T, url string, cfg sms.WebhookConfig) *sms.Webhook {
	t.Helper()
	cfg.URL = url + "/hook" + query
	if cfg.Secret == "" {
		cfg.Secret = secret(32)
	}
	w, err := sms.NewWebhook(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// failed checks that err is a DeliveryError of this kind and status, and that its text
// has nothing of the message, the URL or the answer.
func failed(t *testing.T, err error, kind sms.Kind, status int) {
	t.Helper()
	var d *sms.DeliveryError
	if !errors.As(err, &d) || d.Kind != kind || d.Status != status {
		t.Errorf("error %v, want kind %s with status %d", err, kind, status)
		return
	}
	text := fmt.Sprintf("%v %+v %#v", err, err, d)
	for _, leak := range []string{
		message.Phone, message.Phone[1:], message.Code, "querysecret", "/hook", "answer", "127.0.0.1",
	} {
		if strings.Contains(text, leak) {
			t.Errorf("the error has %q: %s", leak, text)
		}
	}
}

func TestWebhookRequest(t *testing.T) {
	t.Parallel()
	verifier, err := standardwebhooks.NewWebhook(secret(32))
	if err != nil {
		t.Fatal(err)
	}
	ids := make(chan string, 2)
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := verifier.Verify(body, r.Header); err != nil {
			t.Errorf("the standard's library: %v", err)
		}
		if err := verifier.Verify(append(body, ' '), r.Header); err == nil {
			t.Error("the signature does not cover the body")
		}
		if r.Method != http.MethodPost || r.RequestURI != "/hook"+query ||
			r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s, %v", r.Method, r.RequestURI, r.Header)
		}
		var got, want any
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		at := got.(map[string]any)["timestamp"]
		if _, err := time.Parse(time.RFC3339, at.(string)); err != nil {
			t.Error(err)
		}
		_ = json.Unmarshal([]byte(`{"type":"sms.code","data":{"phone":"+8613800138000","code":"918273",
			"purpose":"register","channel":"sms","expires_in":600,"locale":"zh-CN","site_id":1}}`), &want)
		want.(map[string]any)["timestamp"] = at
		if !reflect.DeepEqual(got, want) {
			t.Errorf("body %s", body)
		}
		ids <- r.Header.Get("webhook-id")
	})
	w := newWebhook(t, server.URL, sms.WebhookConfig{})
	for range 2 {
		if err := w.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	channel := make(chan any, 1)
	spoken := newWebhook(t, serve(t, func(_ http.ResponseWriter, r *http.Request) {
		var got struct{ Data map[string]any }
		_ = json.NewDecoder(r.Body).Decode(&got)
		channel <- got.Data["channel"]
	}).URL, sms.WebhookConfig{})
	m := message
	m.Voice = true
	if err := spoken.Send(t.Context(), m); err != nil || <-channel != "voice" {
		t.Errorf("a call is not told apart from an SMS: %v", err)
	}
	if a, b := <-ids, <-ids; a == b || len(a) != len("msg_")+32 {
		t.Errorf("ids %q and %q", a, b)
	}
}

// TestWebhookRequestIsRepeatable shows that the injected clock and randomness
// determine the whole request.
func TestWebhookRequestIsRepeatable(t *testing.T) {
	t.Parallel()
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for name, want := range map[string]string{
			"webhook-id":        "msg_" + strings.Repeat("61", 16),
			"webhook-timestamp": "1795341600",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		for _, want := range []string{`"timestamp":"2026-11-22T10:00:00Z"`, `"expires_in":59`} {
			if !strings.Contains(string(body), want) {
				t.Errorf("body %s, want %s in it", body, want)
			}
		}
	})
	at := time.Date(2026, 11, 22, 18, 0, 0, 999, time.FixedZone("", 8*3600))
	w := newWebhook(t, server.URL, sms.WebhookConfig{
		Now: func() time.Time { return at }, Rand: strings.NewReader(strings.Repeat("a", 16)),
	})
	m := message
	m.ExpiresIn = time.Minute - 1
	if err := w.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := w.Send(t.Context(), m); !errors.Is(err, io.EOF) {
		t.Errorf("without randomness: %v", err)
	}
}

func TestWebhookStatus(t *testing.T) {
	t.Parallel()
	for status := range 600 {
		ok := status >= 200 && status <= 299
		switch status {
		case 200, 201, 202, 204, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 404, 409, 410, 429, 500, 503, 599:
		default:
			continue
		}
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				w.Header().Set("Location", "/elsewhere")
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(status)
			})
			err := newWebhook(t, server.URL, sms.WebhookConfig{}).Send(t.Context(), message)
			if ok && err != nil {
				t.Error(err)
			}
			if !ok {
				failed(t, err, sms.Refused, status)
			}
			if n := requests.Load(); n != 1 {
				t.Errorf("%d requests, want one without a redirect or a retry", n)
			}
		})
	}
}

// TestWebhookHangs has a receiver that holds each request until its client has left.
func TestWebhookHangs(t *testing.T) {
	t.Parallel()
	hang := func(t *testing.T, arrived func()) *httptest.Server {
		return serve(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			arrived()
			<-r.Context().Done()
		})
	}
	t.Run("until the timeout", func(t *testing.T) {
		t.Parallel()
		server := hang(t, func() {})
		err := newWebhook(t, server.URL, sms.WebhookConfig{Timeout: 20 * time.Millisecond}).Send(t.Context(), message)
		failed(t, err, sms.TimedOut, 0)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v is not the end of a deadline", err)
		}
	})
	t.Run("until the caller leaves", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		server := hang(t, cancel)
		err := newWebhook(t, server.URL, sms.WebhookConfig{}).Send(ctx, message)
		failed(t, err, sms.Canceled, 0)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v is not the end of a context", err)
		}
	})
}

// TestWebhookHugeAnswer shows that an endless answer is read up to a bound, and that
// the delivery is a success by its status.
func TestWebhookHugeAnswer(t *testing.T) {
	t.Parallel()
	written := make(chan int64, 1)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n, _ := io.Copy(w, endless{})
		written <- n
	})
	if err := newWebhook(t, server.URL, sms.WebhookConfig{}).Send(t.Context(), message); err != nil {
		t.Error(err)
	}
	// The bound is 64 KiB; the buffers of two sockets come on top.
	if n := <-written; n > 16<<20 {
		t.Errorf("the receiver could write %d bytes", n)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	return len(p), nil
}

func TestWebhookNoAnswer(t *testing.T) {
	t.Parallel()
	t.Run("port closed", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		err = newWebhook(t, "http://"+l.Addr().String(), sms.WebhookConfig{}).Send(t.Context(), message)
		failed(t, err, sms.Unreachable, 0)
	})
	t.Run("no such host", func(t *testing.T) {
		t.Parallel()
		// A label of 64 characters is invalid (RFC 1035), so no query leaves the machine.
		err := newWebhook(t, "https://"+strings.Repeat("a", 64)+".invalid", sms.WebhookConfig{}).Send(t.Context(), message)
		failed(t, err, sms.Unresolved, 0)
	})
	for name, answer := range map[string]string{"closes": "", "is not HTTP": "answer +8613800138000 918273\r\n\r\n"} {
		t.Run("receiver "+name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, answer)
				conn.Close()
			})
			err := newWebhook(t, server.URL, sms.WebhookConfig{}).Send(t.Context(), message)
			failed(t, err, sms.Broken, 0)
		})
	}
}

func TestWebhookTLS(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		trusted bool
		max     uint16
		plain   bool
		want    sms.Kind
	}{
		"trusted":             {trusted: true},
		"TLS 1.2":             {trusted: true, max: tls.VersionTLS12},
		"TLS 1.1":             {trusted: true, max: tls.VersionTLS11, want: sms.Untrusted},
		"unknown authority":   {want: sms.Untrusted},
		"plain HTTP answered": {plain: true, want: sms.Untrusted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			server.Config.ErrorLog = discard
			server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tc.max}
			if tc.plain {
				server.Start()
			} else {
				server.StartTLS()
			}
			t.Cleanup(server.Close)
			roots := x509.NewCertPool()
			if tc.trusted {
				roots.AddCert(server.Certificate())
			}
			w := newWebhook(t, "https://"+server.Listener.Addr().String(), sms.WebhookConfig{RootCAs: roots})
			err := w.Send(t.Context(), message)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			failed(t, err, tc.want, 0)
		})
	}
}

func TestNewWebhookRefuses(t *testing.T) {
	t.Parallel()
	const good = "https://sms.example/hook?key=querysecret"
	for name, tc := range map[string]struct {
		cfg sms.WebhookConfig
		ok  bool
	}{
		"good":               {sms.WebhookConfig{URL: good, Secret: secret(32)}, true},
		"http elsewhere":     {sms.WebhookConfig{URL: "http://sms.example/querysecret", Secret: secret(32)}, false},
		"http, 10.0.0.1":     {sms.WebhookConfig{URL: "http://10.0.0.1/querysecret", Secret: secret(32)}, false},
		"http, localhost":    {sms.WebhookConfig{URL: "http://localhost:8081/", Secret: secret(24)}, true},
		"http, ::1":          {sms.WebhookConfig{URL: "http://[::1]:8081/", Secret: secret(24)}, true},
		"http":               {sms.WebhookConfig{URL: "http://127.0.0.1:8081/", Secret: secret(24)}, true},
		"longest secret":     {sms.WebhookConfig{URL: good, Secret: secret(64)}, true},
		"longest timeout":    {sms.WebhookConfig{URL: good, Secret: secret(32), Timeout: 3 * time.Second}, true},
		"short secret":       {sms.WebhookConfig{URL: good, Secret: secret(23)}, false},
		"long secret":        {sms.WebhookConfig{URL: good, Secret: secret(65)}, false},
		"no secret":          {sms.WebhookConfig{URL: good}, false},
		"empty secret":       {sms.WebhookConfig{URL: good, Secret: "whsec_"}, false},
		"secret, no prefix":  {sms.WebhookConfig{URL: good, Secret: secret(32)[6:]}, false},
		"secret, not base64": {sms.WebhookConfig{URL: good, Secret: secret(32) + "!querysecret"}, false},
		"secret, unpadded":   {sms.WebhookConfig{URL: good, Secret: strings.TrimRight(secret(32), "=")}, false},
		"no URL":             {sms.WebhookConfig{Secret: secret(32)}, false},
		"other scheme":       {sms.WebhookConfig{URL: "ftp://sms.example/querysecret", Secret: secret(32)}, false},
		"no scheme":          {sms.WebhookConfig{URL: "sms.example/querysecret", Secret: secret(32)}, false},
		"no host":            {sms.WebhookConfig{URL: "https:///querysecret", Secret: secret(32)}, false},
		"port only":          {sms.WebhookConfig{URL: "https://:443/querysecret", Secret: secret(32)}, false},
		"credentials":        {sms.WebhookConfig{URL: "https://u:querysecret@sms.example/", Secret: secret(32)}, false},
		"fragment":           {sms.WebhookConfig{URL: good + "#querysecret", Secret: secret(32)}, false},
		"control character":  {sms.WebhookConfig{URL: good + "\x7f", Secret: secret(32)}, false},
		"long timeout":       {sms.WebhookConfig{URL: good, Secret: secret(32), Timeout: 3*time.Second + 1}, false},
		"negative timeout":   {sms.WebhookConfig{URL: good, Secret: secret(32), Timeout: -1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sms.NewWebhook(tc.cfg)
			if (err == nil) != tc.ok {
				t.Errorf("error %v, want none: %t", err, tc.ok)
			}
			if err != nil && (strings.Contains(err.Error(), "querysecret") || strings.Contains(err.Error(), "/v7+")) {
				t.Errorf("the error has a secret: %v", err)
			}
		})
	}
}
