package mail_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/test/awstest"
)

const sesSecret = "secret of SES"

// sesBook plays SendEmail as AWS documents it: "SendEmail" and "Common Errors" of the Amazon SES API v2 Reference
// (API version 2019-09-27, pages of 2026). It keeps what it has accepted.
type sesBook struct {
	mu    sync.Mutex
	taken []sesMail
}

// sesMail is one request that was accepted.
type sesMail struct {
	FromEmailAddress, ConfigurationSetName string
	Destination                            struct{ ToAddresses []string }
	Content                                struct{ Raw struct{ Data string } }
	data                                   string
}

// answer returns the name of an error and the HTTP status.
func (b *sesBook) answer(r *http.Request) (code string, status int) {
	body, _ := io.ReadAll(r.Body)
	at, ok := awstest.Signed(r, string(body), "AKIA-test", sesSecret, "eu-central-1", "ses")
	var m sesMail
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.DisallowUnknownFields()
	malformed := decoder.Decode(&m)
	data, err := base64.StdEncoding.DecodeString(m.Content.Raw.Data)
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/v2/email/outbound-emails":
		return "NotFoundException", 404
	case !ok:
		return "InvalidSignatureException", 403
	case time.Since(at).Abs() > 5*time.Minute:
		return "RequestExpired", 400
	case r.Header.Get("Content-Type") != "application/json" || malformed != nil || err != nil || len(data) == 0:
		return "BadRequestException", 400
	case m.FromEmailAddress != `"Enroll" <noreply@site.example>`:
		return "MailFromDomainNotVerifiedException", 400
	case m.ConfigurationSetName != "" && m.ConfigurationSetName != "codes":
		return "NotFoundException", 404
	case len(m.Destination.ToAddresses) != 1:
		return "BadRequestException", 400
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	m.data = string(data)
	b.taken = append(b.taken, m)
	return "", 200
}

// ServeHTTP answers in the protocol of the API, REST with JSON. The texts of errors quote the address.
func (b *sesBook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if code, status := b.answer(r); code != "" {
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(status)
		fmt.Fprint(w, `{"message":"server says wang.wei@mail.example"}`)
		return
	}
	fmt.Fprint(w, `{"MessageId":"010701936d2e1f8a-0e0ff5a4-000000"}`)
}

// newSES returns a sender with the settings that the fake accepts, after a change that may be nil.
func newSES(t *testing.T, handler http.Handler, change func(*mail.SESConfig)) *mail.SES {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg := mail.SESConfig{KeyID: "AKIA-test", SecretKey: sesSecret, Region: "eu-central-1", From: sender,
		Endpoint: server.URL}
	if change != nil {
		change(&cfg)
	}
	s, err := mail.NewSES(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestSESDelivers: SES gets the same message as a mail server, for one address.
func TestSESDelivers(t *testing.T) {
	t.Parallel()
	var b sesBook
	s := newSES(t, &b, func(c *mail.SESConfig) { c.ConfigurationSet = "codes" })
	if err := s.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if len(b.taken) != 1 || b.taken[0].ConfigurationSetName != "codes" ||
		b.taken[0].Destination.ToAddresses[0] != message.To {
		t.Fatalf("taken: %+v", b.taken)
	}
	got, want := open(t, b.taken[0].data), deliver(t, message, mail.SMTPConfig{})
	if got.body != want.body || got.html != want.html || got.subject != want.subject ||
		!strings.Contains(got.body, message.Code) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	for _, field := range []string{"From", "To", "Auto-Submitted", "X-Auto-Response-Suppress"} {
		if got.header.Get(field) != want.header.Get(field) || got.header.Get(field) == "" {
			t.Errorf("%s: %q, want %q", field, got.header.Get(field), want.header.Get(field))
		}
	}
}

// TestSESSigned: a request of yesterday, of another region, of another key, or with a configuration set that does not
// exist is refused by its name. None of the refusals is about the address.
func TestSESSigned(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*mail.SESConfig){
		"RequestExpired": func(c *mail.SESConfig) {
			c.Now = func() time.Time { return time.Now().AddDate(0, 0, -1) }
		},
		"InvalidSignatureException":          func(c *mail.SESConfig) { c.Region = "us-east-1" },
		"InvalidSignatureException ":         func(c *mail.SESConfig) { c.SecretKey = "other" },
		"InvalidSignatureException  ":        func(c *mail.SESConfig) { c.KeyID = "AKIA-other" },
		"NotFoundException":                  func(c *mail.SESConfig) { c.ConfigurationSet = "none" },
		"MailFromDomainNotVerifiedException": func(c *mail.SESConfig) { c.From = "a@other.example" },
	} {
		var b sesBook
		err := newSES(t, &b, change).Send(t.Context(), message)
		var d *mail.DeliveryError
		if !errors.As(err, &d) || d.Code != strings.TrimSpace(want) || d.Kind != mail.Refused || !d.Permanent() ||
			d.Handed() || len(b.taken) != 0 {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestSESByRole: a mail is signed with the keys of the role, whose token goes with it. Without keys nothing is sent.
func TestSESByRole(t *testing.T) {
	t.Parallel()
	var b sesBook
	var token string
	role := func(err error) func(*mail.SESConfig) {
		return func(c *mail.SESConfig) {
			c.KeyID, c.SecretKey = "", ""
			c.Role = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "AKIA-test", SecretAccessKey: sesSecret, SessionToken: "session"}, err
			})
		}
	}
	fake := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token = r.Header.Get("X-Amz-Security-Token")
		b.ServeHTTP(w, r)
	})
	if err := newSES(t, fake, role(nil)).Send(t.Context(), message); err != nil || token != "session" {
		t.Errorf("%v, token %q", err, token)
	}
	without := newSES(t, fake, role(errors.New("no keys")))
	failed(t, without.Send(t.Context(), message), mail.Unsigned, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failed(t, without.Send(ctx, message), mail.Canceled, 0)
	if len(b.taken) != 1 {
		t.Errorf("%d mails", len(b.taken))
	}
}

// TestSESAnswers: each answer of SES gives its result, and no text of an answer is shown.
func TestSESAnswers(t *testing.T) {
	t.Parallel()
	const id = `{"MessageId":"1"}`
	for _, c := range []struct {
		status            int
		code, body        string
		kind              mail.Kind
		shown             string
		permanent, handed bool
	}{
		{200, "", id, "", "", false, false},
		// The errors that "SendEmail" lists.
		{400, "AccountSuspendedException", "", mail.Refused, "AccountSuspendedException", true, false},
		{400, "BadRequestException", "", mail.Refused, "BadRequestException", true, false},
		{400, "LimitExceededException", "", mail.Refused, "LimitExceededException", false, false},
		{400, "MailFromDomainNotVerifiedException", "", mail.Refused, "MailFromDomainNotVerifiedException", true, false},
		{400, "MessageRejected", `{"message":"Email address is not verified: wang.wei@mail.example"}`, mail.Refused,
			"MessageRejected", true, false},
		{404, "NotFoundException", "", mail.Refused, "NotFoundException", true, false},
		{400, "SendingPausedException", "", mail.Refused, "SendingPausedException", false, false},
		{429, "TooManyRequestsException", "", mail.Refused, "TooManyRequestsException", false, false},
		// Common errors.
		{403, "AccessDeniedException", "", mail.Refused, "AccessDeniedException", true, false},
		{500, "InternalFailure", "", mail.Refused, "InternalFailure", false, true},
		{503, "ServiceUnavailable", "", mail.Refused, "ServiceUnavailable", false, false},
		// The name of an error in the other places that AWS's protocols have for it.
		{400, "MessageRejected:http://internal.amazon.com/", "", mail.Refused, "MessageRejected", true, false},
		{400, "", `{"__type":"com.amazonaws#MessageRejected"}`, mail.Refused, "MessageRejected", true, false},
		{400, "wang.wei@mail.example", "", mail.Refused, "", true, false},
		{400, strings.Repeat("a", 65), "", mail.Refused, "", true, false},
		// An address that SES does not send to.
		{400, "BadRequestException", `{"message":"Domain contains illegal character"}`, mail.RecipientRefused,
			"BadRequestException", true, false},
		{400, "BadRequestException", `{"message":"Local address contains control or whitespace"}`, mail.RecipientRefused,
			"BadRequestException", true, false},
		{400, "MessageRejected", `{"message":"Domain contains"}`, mail.Refused, "MessageRejected", true, false},
		// Answers of a proxy, and answers that say nothing.
		{408, "", "", mail.Refused, "", false, true},
		{502, "", "", mail.Refused, "", false, true},
		{504, "", "", mail.Refused, "", false, true},
		{302, "", "", mail.Refused, "", false, false},
		{200, "", `{}`, mail.Broken, "", false, true},
		{200, "", `<html>`, mail.Broken, "", false, true},
		{202, "", id, mail.Broken, "", false, true},
	} {
		t.Run(fmt.Sprintf("%d %s %s", c.status, c.code, c.body), func(t *testing.T) {
			t.Parallel()
			requests := 0
			s := newSES(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests++
				w.Header().Set("X-Amzn-Errortype", c.code)
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}), nil)
			err := s.Send(t.Context(), message)
			var d *mail.DeliveryError
			switch errors.As(err, &d); {
			case c.kind == "" && err != nil, c.kind != "" && d == nil:
				t.Fatal(err)
			case d != nil && (d.Kind != c.kind || d.Code != c.shown || d.Permanent() != c.permanent ||
				d.Handed() != c.handed || strings.Contains(fmt.Sprintf("%v %#v", d, d), "wang")):
				t.Errorf("%#v", d)
			case requests != 1:
				t.Errorf("%d requests", requests)
			}
		})
	}
}

// TestSESSilent: the message may arrive if the request was sent and no answer came, and cannot if there was no
// connection. A request is sent once.
func TestSESSilent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	requests := 0
	s := newSES(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests++
		_, _ = io.Copy(io.Discard, r.Body) // afterwards the server notices that the client is gone
		cancel()
		<-r.Context().Done()
	}), nil)
	var d *mail.DeliveryError
	if err := s.Send(ctx, message); !errors.As(err, &d) || !d.Handed() || d.Kind != mail.Canceled || requests != 1 {
		t.Errorf("%v, %d requests", err, requests)
	}
	short := newSES(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-time.After(20 * time.Second): // a delivery without a time limit gets an answer
		}
	}), func(c *mail.SESConfig) { c.Timeout = time.Millisecond })
	if err := short.Send(t.Context(), message); !errors.As(err, &d) || d.Kind != mail.TimedOut {
		t.Error(err)
	}
	away := newSES(t, http.NotFoundHandler(), func(c *mail.SESConfig) { c.Endpoint = "http://127.0.0.1:1" })
	if err := away.Send(t.Context(), message); !errors.As(err, &d) || d.Handed() || d.Kind != mail.Unreachable {
		t.Error(err)
	}
	wrong := message
	wrong.To = "a@x.example>, <b@x.example"
	if err := away.Send(t.Context(), wrong); !errors.Is(err, mail.ErrAddress) {
		t.Error(err)
	}
}

// TestSESEndlessAnswer: an answer is read up to a bound.
func TestSESEndlessAnswer(t *testing.T) {
	t.Parallel()
	s := newSES(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for err := error(nil); err == nil; {
			_, err = io.WriteString(w, strings.Repeat(" ", 1<<10))
		}
	}), nil)
	var d *mail.DeliveryError
	if err := s.Send(t.Context(), message); !errors.As(err, &d) || d.Kind != mail.Broken || !d.Handed() {
		t.Error(err)
	}
}

// TestNewSESRefuses: settings that are missing or not safe are an error without the secret.
func TestNewSESRefuses(t *testing.T) {
	t.Parallel()
	valid := mail.SESConfig{KeyID: "AKIA-test", SecretKey: sesSecret, Region: "eu-central-1", From: sender}
	for name, change := range map[string]func(*mail.SESConfig){
		"no key":      func(c *mail.SESConfig) { c.KeyID = "" },
		"no secret":   func(c *mail.SESConfig) { c.SecretKey = "" },
		"no region":   func(c *mail.SESConfig) { c.Region = "" },
		"other host":  func(c *mail.SESConfig) { c.Region = "x.example/" },
		"no sender":   func(c *mail.SESConfig) { c.From = "" },
		"no domain":   func(c *mail.SESConfig) { c.From = "a@localhost" },
		"http":        func(c *mail.SESConfig) { c.Endpoint = "http://a.example" },
		"a path":      func(c *mail.SESConfig) { c.Endpoint = "https://a.example/x" },
		"bad timeout": func(c *mail.SESConfig) { c.Timeout = -1 },
		"too long":    func(c *mail.SESConfig) { c.Timeout = mail.MaxTimeout + 1 },
	} {
		cfg := valid
		change(&cfg)
		if _, err := mail.NewSES(cfg); err == nil || strings.Contains(err.Error(), sesSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := mail.NewSES(valid); err != nil {
		t.Error(err)
	}
}
