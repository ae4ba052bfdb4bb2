package sms

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// TwilioEndpoint is the public address of Twilio's API.
const TwilioEndpoint = "https://api.twilio.com"

// TwilioConfig configures [NewTwilio].
type TwilioConfig struct {
	// AccountSID is the account that sends, AC and 32 hexadecimal digits.
	AccountSID string
	// KeySID is a restricted API key of that account that may create messages and nothing else. If it is empty,
	// Secret is the auth token of the account, which may do everything.
	KeySID string
	// Secret is the secret of the key, or the auth token.
	Secret string
	// From is the sender that the person sees: a phone in E.164, a short code or an alphanumeric sender ID. Or it is
	// a Messaging Service, MG and 32 hexadecimal digits, which chooses the sender by the person's country.
	From string
	// Texts are the words of the messages.
	Texts Texts
	// Callback is the URL to which Twilio reports the delivery of each message. If it is empty, Twilio reports none.
	Callback string
	// Endpoint is TwilioEndpoint if empty.
	Endpoint string
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
}

// Twilio sends messages by the Messages resource of Twilio, version 2010-04-01. The texts are Enroll's own, because
// this API has no templates. It is safe for concurrent use.
type Twilio struct {
	config   TwilioConfig
	endpoint string
	client   *http.Client
}

// NewTwilio returns an error if a setting is missing or out of bounds. Its errors hold no secret. It
// makes no connection.
func NewTwilio(cfg TwilioConfig) (*Twilio, error) {
	if err := cfg.Texts.check(); err != nil {
		return nil, fmt.Errorf("sms: twilio: %w", err)
	}
	endpoint, err := cfg.check()
	if err != nil {
		return nil, err
	}
	endpoint.Path = "/2010-04-01/Accounts/" + cfg.AccountSID + "/Messages.json"
	return &Twilio{config: cfg, endpoint: endpoint.String(), client: apiClient(cfg.RootCAs)}, nil
}

// check fills in the defaults and returns the endpoint, or an error about a setting that messages and calls have in
// common.
func (cfg *TwilioConfig) check() (*url.URL, error) {
	// The account's own SID is the user of its auth token.
	if cfg.Endpoint == "" {
		cfg.Endpoint = TwilioEndpoint
	}
	if cfg.KeySID == "" {
		cfg.KeySID = cfg.AccountSID
	}
	endpoint, err := apiURL(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("sms: twilio: %w", err)
	}
	// The SID of the account is a part of the path, so it must not hold a slash. The forms also tell a SID that was
	// set in the place of another: Twilio would answer both mistakes with a refusal of the first message only.
	switch {
	case !isSID("AC", cfg.AccountSID):
		return nil, errors.New("sms: twilio: the SID of the account must be AC and 32 hexadecimal digits")
	case cfg.KeySID != cfg.AccountSID && !isSID("SK", cfg.KeySID):
		return nil, errors.New("sms: twilio: the SID of the API key must be SK and 32 hexadecimal digits")
	case cfg.Secret == "" || cfg.From == "":
		return nil, errors.New("sms: twilio: the secret and the sender must be set")
	}
	if cfg.Timeout, err = within(cfg.Timeout); err != nil {
		return nil, fmt.Errorf("sms: twilio: %w", err)
	}
	return endpoint, nil
}

// isSID reports whether text is an identifier of Twilio of a kind: AC for accounts, SK for API keys, MG for
// Messaging Services. No phone and no alphanumeric sender ID, which has at most 11 characters, has this form.
func isSID(kind, text string) bool {
	digits, ok := strings.CutPrefix(text, kind)
	return ok && len(digits) == 32 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
}

// twilioAnswer is the answer of the resources Messages and Calls: what was created with its SID, or an error with its
// Code. A message that failed at once has an ErrorCode. The member message is not read, because it quotes the phone.
type twilioAnswer struct {
	SID       string          `json:"sid"`
	Code      json.RawMessage `json:"code"`
	ErrorCode json.RawMessage `json:"error_code"`
}

// Send sends the message once and waits for the answer, at most until the timeout or the end of ctx.
func (t *Twilio) Send(ctx context.Context, m Message) error {
	text, err := t.config.Texts.Of(m)
	if err != nil {
		return err
	}
	return t.create(ctx, t.form(m, text))
}

// create posts the form that creates a message or a call. The resources have no idempotency key: they would carry out a
// repeated request twice. Therefore create never repeats a request.
func (t *Twilio) create(ctx context.Context, form url.Values) error {
	status, body, err := post(ctx, t.client, t.config.Timeout, func(ctx context.Context) (*http.Request, error) {
		return t.request(ctx, form)
	})
	if err != nil {
		return err
	}
	// A code is a number. It is compared as text, so that a code in any other form is a refusal as well.
	var answer twilioAnswer
	if json.Unmarshal(body, &answer) != nil {
		return unread(status)
	}
	for _, raw := range []json.RawMessage{answer.Code, answer.ErrorCode} {
		if code := strings.Trim(string(raw), `"`); code != "" && code != "null" { // check: twilio-accepted
			return refusedWith(status, code)
		}
	}
	if answer.SID == "" || status != http.StatusCreated {
		return unread(status)
	}
	return nil
}

// form returns the parameters of a message. A call has others.
func (t *Twilio) form(m Message, text string) url.Values {
	// Texts are in UTF-8. Twilio chooses the alphabet of the SMS by the text, as the comment at wordings counts it.
	form := url.Values{"To": {m.Phone}, "Body": {text}}
	sender := "From"
	if isSID("MG", t.config.From) {
		sender = "MessagingServiceSid"
	}
	form.Set(sender, t.config.From)
	if t.config.Callback != "" {
		form.Set("StatusCallback", t.config.Callback)
	}
	if m.Code != "" {
		// Twilio drops a message that is still in its queue when the code has expired. Otherwise it would cost
		// money, and the person would type it in vain.
		form.Set("ValidityPeriod", strconv.Itoa(int(m.ExpiresIn/time.Second)))
	}
	return form
}

// request builds a request to the resource.
func (t *Twilio) request(ctx context.Context, form url.Values) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("sms: twilio: request cannot be built")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(t.config.KeySID, t.config.Secret)
	return req, nil
}

// Close closes idle connections. It does not affect deliveries in progress.
func (t *Twilio) Close() { t.client.CloseIdleConnections() }
