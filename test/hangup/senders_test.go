package hangup_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/sms"
)

// manner is how the server behind a sender behaves.
type manner string

const (
	accepts manner = "accepts"
	refuses manner = "refuses"
	late    manner = "late"   // answers when the sender's time is over
	closes  manner = "closes" // takes the message, and ends the connection without an answer
)

// bound is the time limit of a sender whose server does not answer within it.
const bound = 300 * time.Millisecond

// senders are the real senders of a deployment, and the messages that their servers got.
type senders struct {
	sms    sms.Sender
	mail   mail.Sender
	manner manner

	mu    sync.Mutex
	codes []string       // the codes that were given to the senders
	taken map[string]int // how often the servers have read each code, refused messages left out
	told  map[string]int // how many notices each address got
	asked func()         // called when a server has read a message; nil for no call
	calm  bool           // the servers accept every message, no matter what manner is
}

// tap keeps the codes of messages.
type tap struct {
	*senders
	sms  sms.Sender
	mail mail.Sender
}

func (t tap) Send(ctx context.Context, m sms.Message) error {
	t.keep(m.Code, m.Phone)
	return t.sms.Send(ctx, m)
}

// mailTap is a tap for mails.
type mailTap tap

func (t mailTap) Send(ctx context.Context, m mail.Message) error {
	t.keep(m.Code, m.To)
	return t.mail.Send(ctx, m)
}

func (s *senders) keep(code, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code == "" { // a notice has none
		s.told[to]++
		return
	}
	s.codes = append(s.codes, code)
}

// notices returns how many notices an address got.
func (s *senders) notices(to string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told[to]
}

func (s *senders) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codes[len(s.codes)-1]
}

func (s *senders) issued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.codes)
}

// takenSince returns how many messages the servers have read, of the codes that the senders got
// after the first issued ones.
func (s *senders) takenSince(issued int) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, code := range s.codes[issued:] {
		n += s.taken[code]
	}
	return n
}

func (s *senders) calmly(calm bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calm = calm
}

func (s *senders) onAsked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = do
}

// read is called by a server that has read a message. It returns how the server goes on.
func (s *senders) read(text string) manner {
	s.mu.Lock()
	defer s.mu.Unlock()
	how := s.manner
	if s.calm {
		how = accepts
	}
	// The newest code is searched first: an older one may equal another number in the message.
	for _, code := range slices.Backward(s.codes) {
		if how != refuses && strings.Contains(text, code) {
			s.taken[code]++
			break
		}
	}
	if s.asked != nil {
		s.asked()
	}
	return how
}

// privateKey returns a private RSA key in PEM, which is made once.
var privateKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der := x509.MarshalPKCS1PrivateKey(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: der}))
})

// newSenders returns senders whose servers behave in a manner. by selects the sender of SMS.
func newSenders(t testing.TB, by string, how manner) *senders {
	t.Helper()
	s := &senders{manner: how, taken: map[string]int{}, told: map[string]int{}}
	limit := time.Duration(0)
	if how == late {
		limit = bound
	}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		status, good, bad := http.StatusOK, `{"Code":"OK"}`, `{"Code":"isv.BUSINESS_LIMIT_CONTROL"}`
		switch by {
		case "tencent":
			good = `{"Response":{"SendStatusSet":[{"Code":"Ok"}]}}`
			bad = `{"Response":{"Error":{"Code":"FailedOperation.TemplateIncorrectOrUnapproved"}}}`
		case "sns":
			good = `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`
			bad = `<ErrorResponse><Error><Code>InvalidParameter</Code></Error></ErrorResponse>`
		case "vonage":
			status, good, bad = http.StatusAccepted, `{"message_uuid":"1"}`, `{"type":"#1120"}`
		case "twilio":
			status, good, bad = http.StatusCreated, `{"sid":"SM1","error_code":null}`, `{"code":21608}`
		}
		// Alibaba Cloud has the variables in the query.
		switch s.read(r.URL.RawQuery + string(text)) {
		case accepts:
			w.WriteHeader(status)
			_, _ = io.WriteString(w, good)
		case refuses:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, bad)
		case closes:
			panic(http.ErrAbortHandler)
		default: // the sender closes the connection first
			<-r.Context().Done()
			_, _ = io.WriteString(w, good)
		}
	}))
	t.Cleanup(gateway.Close)
	var sender sms.Sender
	var err error
	webhook := func() sms.Sender {
		secret := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
		s, err := sms.NewWebhook(sms.WebhookConfig{URL: gateway.URL, Secret: secret, Timeout: limit})
		fatal(t, err)
		return s
	}
	switch by {
	case "aliyun":
		sender, err = sms.NewAliyun(sms.AliyunConfig{KeyID: "k", KeySecret: "s", Sign: "x", Template: "SMS_1",
			Endpoint: gateway.URL, Timeout: limit})
	case "tencent":
		sender, err = sms.NewTencent(sms.TencentConfig{SecretID: "k", SecretKey: "s", AppID: "1", Sign: "x", Template: "1",
			Endpoint: gateway.URL, Timeout: limit})
	case "sns":
		sender, err = sms.NewSNS(sms.SNSConfig{KeyID: "k", SecretKey: "s", Region: "eu-central-1",
			Texts: sms.Texts{Name: "x"}, Endpoint: gateway.URL, Timeout: limit})
	case "vonage":
		sender, err = sms.NewVonage(sms.VonageConfig{ApplicationID: "a", PrivateKey: privateKey(), From: "x",
			Texts: sms.Texts{Name: "x"}, Endpoint: gateway.URL, Timeout: limit})
	case "twilio":
		sender, err = sms.NewTwilio(sms.TwilioConfig{AccountSID: "AC" + strings.Repeat("1", 32), Secret: "s", From: "+1",
			Texts: sms.Texts{Name: "x"}, Endpoint: gateway.URL, Timeout: limit})
	case "router": // the first sender is away, so each message is handed to the second
		nobody, failed := sms.NewWebhook(sms.WebhookConfig{URL: "http://127.0.0.1:1", Timeout: limit,
			Secret: "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))})
		fatal(t, failed)
		sender, err = sms.NewRouter(sms.RouterConfig{Now: time.Now, Metrics: prometheus.NewRegistry(),
			Routes: []sms.Route{{Name: "away", Sender: nobody}, {Name: "here", Sender: webhook()}}})
	default:
		sender = webhook()
	}
	fatal(t, err)
	s.sms = tap{senders: s, sms: sender}
	smtp, err := mail.NewSMTP(mail.SMTPConfig{
		URL: "smtp://" + s.mailServer(t) + "?tls=off&from=noreply@example.com", Timeout: limit,
	})
	fatal(t, err)
	s.mail = mailTap{senders: s, mail: smtp}
	return s
}

// mailServer is an SMTP server on loopback.
func (s *senders) mailServer(t testing.TB) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	var group sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); group.Wait() })
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer conn.Close()
				s.receive(conn)
			})
		}
	})
	return l.Addr().String()
}

// receive speaks SMTP until the client closes the connection.
func (s *senders) receive(conn net.Conn) {
	say := func(text string) { _, _ = io.WriteString(conn, text+"\r\n") }
	say("220 mail.example")
	data, text := false, ""
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch line := lines.Text(); {
		case data && line != ".":
			text += line + "\n"
		case data:
			data = false
			switch s.read(text) {
			case accepts:
				say("250 ok")
			case refuses:
				say("451 later")
			case closes:
				return
			default:
				_, _ = io.Copy(io.Discard, conn) // until the sender closes the connection
				return
			}
		case strings.HasPrefix(line, "DATA"):
			data = true
			say("354 go on")
		default:
			say("250 ok")
		}
	}
}
