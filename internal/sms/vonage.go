package sms

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// VonageEndpoint is the public address of Vonage's API.
const VonageEndpoint = "https://api.nexmo.com"

// VonageConfig configures [NewVonage].
type VonageConfig struct {
	// ApplicationID is an application of Vonage with the capability Messages, a UUID.
	ApplicationID string
	// PrivateKey is the private key of that application, in PEM. Vonage generates it and keeps the public
	// half only.
	PrivateKey string
	// From is the sender that the person sees: a number in E.164 or an alphanumeric sender ID.
	From string
	// Texts are the words of the messages.
	Texts Texts
	// Endpoint is VonageEndpoint if empty.
	Endpoint string
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Rand is the source of the tokens' ids, crypto/rand.Reader if nil. It must be safe for concurrent
	// use.
	Rand io.Reader
}

// Vonage sends messages by the Messages API of Vonage, version 1. The texts are Enroll's own. It is safe for
// concurrent use.
//
// The older SMS API is not used: it answers 200 to each request, and needs the secret of the whole account. A token
// of the Messages API is signed with the key of one application, which never leaves this process.
type Vonage struct {
	config   VonageConfig
	key      *rsa.PrivateKey
	endpoint string
	client   *http.Client
}

// tokenLife is how long a token is valid, in which the clocks may differ. Each request has a token of its own.
// Vonage accepts lives of up to a day; a token that leaks should be of use for less.
const tokenLife = 5 * time.Minute

// NewVonage returns an error if a setting is missing or out of bounds. Its errors hold no key. It
// makes no connection.
func NewVonage(cfg VonageConfig) (*Vonage, error) {
	if err := cfg.Texts.check(); err != nil {
		return nil, fmt.Errorf("sms: vonage: %w", err)
	}
	return openVonage(cfg, "/v1/messages")
}

// openVonage checks what messages and calls have in common. path is that of the API.
func openVonage(cfg VonageConfig, path string) (*Vonage, error) {
	endpoint, err := apiURL(cmp.Or(cfg.Endpoint, VonageEndpoint))
	if err != nil {
		return nil, fmt.Errorf("sms: vonage: %w", err)
	}
	if cfg.ApplicationID == "" || cfg.From == "" {
		return nil, errors.New("sms: vonage: the application and the sender must be set")
	}
	// The parser's error is dropped, because it may quote the key.
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(cfg.PrivateKey))
	if err != nil {
		return nil, errors.New("sms: vonage: the private key must be an RSA key in PEM, as Vonage generates it")
	}
	if cfg.Timeout, err = within(cfg.Timeout); err != nil {
		return nil, fmt.Errorf("sms: vonage: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	endpoint.Path = path
	return &Vonage{config: cfg, key: key, endpoint: endpoint.String(), client: apiClient(cfg.RootCAs)}, nil
}

// vonageRequest is the body of a request for an SMS. The names of its members are the API's.
type vonageRequest struct {
	Channel     string `json:"channel"`
	MessageType string `json:"message_type"`
	To          string `json:"to"` // E.164 without the plus sign
	From        string `json:"from"`
	Text        string `json:"text"`
}

// vonageAnswer has the id of an accepted message, or the type of a problem (RFC 9457), whose fragment is the code. The
// member detail is not read, because it may quote the phone.
type vonageAnswer struct {
	MessageUUID string `json:"message_uuid"`
	Type        string `json:"type"`
}

// Send sends the message once and waits for the answer, at most until the timeout or the end of ctx.
func (v *Vonage) Send(ctx context.Context, m Message) error {
	text, err := v.config.Texts.Of(m)
	if err != nil {
		return err
	}
	status, body, err := post(ctx, v.client, v.config.Timeout, func(ctx context.Context) (*http.Request, error) {
		return v.request(ctx, vonageRequest{
			Channel: "sms", MessageType: "text", To: strings.TrimPrefix(m.Phone, "+"),
			From: strings.TrimPrefix(v.config.From, "+"), Text: text,
		})
	})
	if err != nil {
		return err
	}
	var answer vonageAnswer
	if json.Unmarshal(body, &answer) != nil {
		return unread(status)
	}
	// A problem is an address in Vonage's documentation, such as …/api-errors/messages#1170. The documentation lists
	// numbers of problems with messages, and words for those with the account, such as low-balance.
	switch _, code, _ := strings.Cut(answer.Type, "#"); {
	case code != "": // check: vonage-accepted
		return refusedWith(status, code)
	case answer.MessageUUID == "" || status != http.StatusAccepted:
		return unread(status)
	}
	return nil
}

// request builds a request with a token of its own. The API has no idempotency key: it would send a repeated
// message twice. Therefore Send never repeats a request. A message has the time to live that Vonage recommends, its
// default: operators of networks do not observe a shorter one.
func (v *Vonage) request(ctx context.Context, fields any) (*http.Request, error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("sms: vonage: encode: %w", err)
	}
	var id [16]byte
	if _, err := io.ReadFull(v.config.Rand, id[:]); err != nil {
		return nil, fmt.Errorf("sms: vonage: no randomness: %w", err)
	}
	now := v.config.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"application_id": v.config.ApplicationID, "jti": hex.EncodeToString(id[:]),
		"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
	}).SignedString(v.key)
	if err != nil {
		return nil, errors.New("sms: vonage: request cannot be signed")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("sms: vonage: request cannot be built")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	return req, nil
}

// Close closes idle connections. It does not affect deliveries in progress.
func (v *Vonage) Close() { v.client.CloseIdleConnections() }
