package sms

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/wording"
)

// AliyunEndpoint is the public address of Alibaba Cloud's SMS service (Dysmsapi).
const AliyunEndpoint = "https://dysmsapi.aliyuncs.com"

// AliyunConfig configures [NewAliyun].
type AliyunConfig struct {
	// KeyID and KeySecret are an AccessKey of a RAM user that may do dysms:SendSms and nothing else.
	KeyID, KeySecret string
	// Sign is the approved signature (签名), the name in brackets before the text.
	Sign string
	// Template is the id of an approved template for phones of mainland China, whose only variable is
	// ${code}, such as SMS_123456789.
	Template string
	// TemplateAbroad is the template for all other phones. If it is empty, they get no message.
	TemplateAbroad string
	// NoticeTemplate and NoticeTemplateAbroad are the templates of notices, which have no variable. If one is
	// empty, its phones get no notice.
	NoticeTemplate, NoticeTemplateAbroad string
	// Words may have other templates and another signature for a site and a language. It is nil if there are none.
	Words *wording.Words
	// Endpoint is AliyunEndpoint if empty.
	Endpoint string
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Rand is the source of nonces, crypto/rand.Reader if nil. It must be safe for concurrent use.
	Rand io.Reader
}

// Aliyun sends messages by SendSms of Alibaba Cloud, version 2017-05-25, with signatures of version
// 3 (ACS3-HMAC-SHA256). The Go SDK of Alibaba Cloud is not used, because it needs dozens of modules.
// Aliyun is safe for concurrent use.
type Aliyun struct {
	config   AliyunConfig
	endpoint *url.URL
	client   *http.Client
}

// NewAliyun returns an error if a setting is missing or out of bounds. Its errors hold no key. It
// makes no connection.
func NewAliyun(cfg AliyunConfig) (*Aliyun, error) {
	if cfg.KeyID == "" || cfg.KeySecret == "" || cfg.Sign == "" || cfg.Template == "" {
		return nil, errors.New("sms: aliyun: the key, its secret, the signature and the template must be set")
	}
	cfg.Endpoint = cmp.Or(cfg.Endpoint, AliyunEndpoint)
	return openAliyun(cfg)
}

// openAliyun checks what messages and calls have in common.
func openAliyun(cfg AliyunConfig) (*Aliyun, error) {
	endpoint, err := apiURL(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("sms: aliyun: %w", err)
	}
	if cfg.Timeout, err = within(cfg.Timeout); err != nil {
		return nil, fmt.Errorf("sms: aliyun: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Aliyun{config: cfg, endpoint: endpoint, client: apiClient(cfg.RootCAs)}, nil
}

// approval returns what messages are chosen from.
func (a *Aliyun) approval() approval {
	return approval{"aliyun", a.config.Words, templates{a.config.Template, a.config.TemplateAbroad},
		templates{a.config.NoticeTemplate, a.config.NoticeTemplateAbroad}, a.config.Sign}
}

func (a *Aliyun) speaks(m Message) bool { return a.approval().speaks(m) }

// Send sends the message once and waits for the answer, at most until the timeout or the end of ctx.
func (a *Aliyun) Send(ctx context.Context, m Message) error {
	template, sign, err := a.approval().of(m)
	if err != nil {
		return err
	}
	// Numbers of mainland China go without their country code, all others with it and without a plus
	// sign. China's territories have calling codes of their own.
	phone := strings.TrimPrefix(strings.TrimPrefix(m.Phone, "+86"), "+")
	query := url.Values{"PhoneNumbers": {phone}, "SignName": {sign}, "TemplateCode": {template}}
	if m.Code != "" { // the API demands TemplateParam of templates with a variable only
		param, err := aliyunParam(m.Code)
		if err != nil {
			return err
		}
		query.Set("TemplateParam", param)
	}
	return a.do(ctx, "SendSms", query)
}

// aliyunParam returns the variables of a template for codes.
func aliyunParam(code string) (string, error) {
	param, err := json.Marshal(map[string]string{"code": code})
	if err != nil {
		return "", fmt.Errorf("sms: aliyun: encode: %w", err)
	}
	return string(param), nil
}

// do calls an operation once and reads its answer. The services for SMS and for calls answer alike.
func (a *Aliyun) do(ctx context.Context, action string, query url.Values) error {
	status, body, err := post(ctx, a.client, a.config.Timeout, func(ctx context.Context) (*http.Request, error) {
		return a.request(ctx, action, query)
	})
	if err != nil {
		return err
	}
	// A refused message has status 200, a refused request 400 to 404. The member Message is not read,
	// because it may quote the phone.
	var answer struct{ Code string }
	if json.Unmarshal(body, &answer) != nil || answer.Code == "" {
		return unread(status)
	}
	if answer.Code == "OK" && status == http.StatusOK { // check: aliyun-accepted
		return nil
	}
	return refusedWith(status, answer.Code)
}

// request builds the request of an operation. The parameters are in the query, as the API documents them; the body is
// empty.
// The nonce is new for each request: the API refuses a nonce that it has seen within 15 minutes, so that
// a recorded request cannot be repeated.
func (a *Aliyun) request(ctx context.Context, action string, query url.Values) (*http.Request, error) {
	var nonce [16]byte
	if _, err := io.ReadFull(a.config.Rand, nonce[:]); err != nil {
		return nil, fmt.Errorf("sms: aliyun: no randomness: %w", err)
	}
	u := *a.endpoint
	u.RawQuery = percentEncoded(query)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), nil)
	if err != nil {
		return nil, errors.New("sms: aliyun: request cannot be built")
	}
	signACS(req, a.config.KeyID, a.config.KeySecret, acsCall{
		action: action, version: "2017-05-25", nonce: hex.EncodeToString(nonce[:]), at: a.config.Now(),
	})
	return req, nil
}

// Close closes idle connections. It does not affect deliveries in progress.
func (a *Aliyun) Close() { a.client.CloseIdleConnections() }

// acsCall is what a signature of version 3 covers besides the request's own parts.
type acsCall struct {
	action, version, nonce string
	at                     time.Time
}

// acsSigned are the signed headers, in their order: all that begin with x-acs-, and the host. The host
// is signed so that a request for one service cannot be sent to another.
var acsSigned = []string{
	"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version",
}

// signACS signs a request without a body, by "Request syntax and signature method V3" of Alibaba Cloud's
// SDK documentation (2024-12-13). A test signs the example given there.
func signACS(req *http.Request, id, secret string, c acsCall) {
	h := req.Header
	h.Set("x-acs-action", c.action)
	h.Set("x-acs-version", c.version)
	h.Set("x-acs-date", c.at.UTC().Format("2006-01-02T15:04:05Z"))
	h.Set("x-acs-signature-nonce", c.nonce)
	h.Set("x-acs-content-sha256", hexSHA256(""))
	var canonical strings.Builder
	canonical.WriteString(req.Method + "\n/\n" + req.URL.RawQuery + "\n")
	for _, name := range acsSigned {
		value := h.Get(name)
		if name == "host" {
			value = req.URL.Host
		}
		canonical.WriteString(name + ":" + value + "\n")
	}
	names := strings.Join(acsSigned, ";")
	canonical.WriteString("\n" + names + "\n" + hexSHA256(""))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hexSHA256(canonical.String())))
	h.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+id+",SignedHeaders="+names+
		",Signature="+hex.EncodeToString(mac.Sum(nil)))
}

// percentEncoded encodes parameters in the order of their names, as RFC 3986 does: a space is %20.
// The signature covers this text, so it is also the query that is sent.
func percentEncoded(v url.Values) string { return strings.ReplaceAll(v.Encode(), "+", "%20") }

// hexSHA256 returns the hash in the form in which both providers' signatures cover bodies and canonical requests.
func hexSHA256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// apiURL returns the address of a provider's API. It must have no path, query, user or fragment.
func apiURL(raw string) (*url.URL, error) {
	if err := outbound.CheckURL(raw); err != nil {
		return nil, err
	}
	u, err := url.Parse(raw)
	if err != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("the endpoint must be https:// and a host")
	}
	u.Path = "/"
	return u, nil
}

// apiClient returns a client for a provider's API. Connecting may take only a part of MaxTimeout, so that
// another sender can be tried while the person waits.
//
// A request that waits for one of the connections has the time of its message only. With HTTP/2 one connection carries
// many requests, so only a provider with HTTP/1.1 or one that hangs comes near the bound.
func apiClient(roots *x509.CertPool) *http.Client {
	return outbound.Client(roots, outbound.Bounds{
		Open: time.Second, Idle: 30 * time.Second, Connections: outbound.SenderConnections, // check: sms-connections
	})
}
