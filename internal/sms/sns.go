package sms

import (
	"context"
	"crypto/x509"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// SNSConfig configures [NewSNS].
type SNSConfig struct {
	// KeyID and SecretKey are an access key of an IAM user that may do sns:Publish to phones and nothing else.
	KeyID, SecretKey string
	// Role has the keys of a role that may do the same. It is used if KeyID is empty. The sender closes it if it has a
	// method Close.
	Role aws.CredentialsProvider
	// Region is the AWS Region whose service sends, such as eu-central-1. It must offer SMS.
	Region string
	// From is the sender that the person sees: a number of the account in E.164, or a sender ID of 1 to 11 letters
	// and digits, where the person's country supports it. If it is empty, AWS chooses.
	From string
	// Texts are the words of the messages.
	Texts Texts
	// Endpoint is the public address of the service in Region if empty.
	Endpoint string
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// SNS sends messages by Publish of Amazon Simple Notification Service, version 2010-03-31, with signatures of version
// 4 by AWS's own signer. The texts are Enroll's own. It is safe for concurrent use.
//
// The client of AWS's SDK is not used: it repeats requests that failed, which would send a message twice, and it reads
// credentials from places that the settings do not name.
type SNS struct {
	config   SNSConfig
	endpoint string
	signer   *v4.Signer
	client   *http.Client
}

// NewSNS returns an error if a setting is missing or out of bounds. Its errors hold no key. It makes no
// connection.
func NewSNS(cfg SNSConfig) (*SNS, error) {
	// The region is a part of the host, so it must not hold a dot or a slash.
	if cfg.Region == "" || strings.Trim(cfg.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return nil, errors.New("sms: sns: the region must be one such as eu-central-1")
	}
	if cfg.Endpoint == "" {
		cfg.Endpoint = "https://sns." + cfg.Region + ".amazonaws.com"
	}
	endpoint, err := apiURL(cfg.Endpoint)
	if err == nil {
		err = cfg.Texts.check()
	}
	if err != nil {
		return nil, fmt.Errorf("sms: sns: %w", err)
	}
	if cfg.KeyID == "" && cfg.Role == nil || cfg.KeyID != "" && cfg.SecretKey == "" {
		return nil, errors.New("sms: sns: the access key and its secret must be set, or a role")
	}
	if cfg.Timeout, err = within(cfg.Timeout); err != nil {
		return nil, fmt.Errorf("sms: sns: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &SNS{config: cfg, endpoint: endpoint.String(), signer: v4.NewSigner(), client: apiClient(cfg.RootCAs)}, nil
}

// snsAnswer is the answer of Publish: a PublishResponse with the id of the message, or an ErrorResponse with a code.
// The element Message of an error is not read, because it may quote the phone.
type snsAnswer struct {
	MessageID string `xml:"PublishResult>MessageId"`
	Code      string `xml:"Error>Code"`
}

// Send sends the message once and waits for the answer, at most until the timeout or the end of ctx.
func (s *SNS) Send(ctx context.Context, m Message) error {
	text, err := s.config.Texts.Of(m)
	if err != nil {
		return err
	}
	status, body, err := post(ctx, s.client, s.config.Timeout, func(ctx context.Context) (*http.Request, error) {
		return s.request(ctx, m.Phone, text)
	})
	if err != nil {
		return err
	}
	// An error has a status from 400 on. A message that was accepted may still be dropped later, for example if its
	// holder has opted out or the spending limit is reached: the answer does not show that.
	var answer snsAnswer
	switch {
	case xml.Unmarshal(body, &answer) != nil:
		return unread(status)
	case answer.Code != "": // check: sns-accepted
		return refusedWith(status, answer.Code)
	case answer.MessageID == "" || status != http.StatusOK:
		return unread(status)
	}
	return nil
}

// request builds Publish for one phone. The API has no idempotency key: it would send a repeated message twice.
// Therefore Send never repeats a request.
func (s *SNS) request(ctx context.Context, phone, text string) (*http.Request, error) {
	form := url.Values{"Action": {"Publish"}, "Version": {"2010-03-31"}, "PhoneNumber": {phone}, "Message": {text}}
	// Transactional messages have the routes of the highest reliability; the default is the cheapest route. An
	// attribute of a message overrules the default of the account.
	attributes := [][2]string{{"AWS.SNS.SMS.SMSType", "Transactional"}}
	switch {
	case strings.HasPrefix(s.config.From, "+"):
		attributes = append(attributes, [2]string{"AWS.MM.SMS.OriginationNumber", s.config.From})
	case s.config.From != "":
		attributes = append(attributes, [2]string{"AWS.SNS.SMS.SenderID", s.config.From})
	}
	for i, attribute := range attributes {
		entry := fmt.Sprintf("MessageAttributes.entry.%d.", i+1)
		form.Set(entry+"Name", attribute[0])
		form.Set(entry+"Value.DataType", "String")
		form.Set(entry+"Value.StringValue", attribute[1])
	}
	body := form.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint, strings.NewReader(body))
	if err != nil {
		return nil, errors.New("sms: sns: request cannot be built")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// The signature covers the body, the host and the time, so a recorded request is of use for minutes only.
	credentials := aws.Credentials{AccessKeyID: s.config.KeyID, SecretAccessKey: s.config.SecretKey}
	if s.config.KeyID == "" {
		if credentials, err = s.config.Role.Retrieve(ctx); err != nil { // check: sns-role
			return nil, noKeys(ctx)
		}
	}
	err = s.signer.SignHTTP(ctx, credentials, req, hexSHA256(body), "sns", s.config.Region, s.config.Now())
	if err != nil {
		return nil, errors.New("sms: sns: request cannot be signed")
	}
	return req, nil
}

// Close closes idle connections and the role. It does not affect deliveries in progress.
func (s *SNS) Close() {
	s.client.CloseIdleConnections()
	if keeper, ok := s.config.Role.(interface{ Close() }); ok {
		keeper.Close()
	}
}

// noKeys returns the error for a message that cannot be signed, because no keys of the role could be got. Another
// sender may be tried.
func noKeys(ctx context.Context) *DeliveryError {
	if ctx.Err() != nil {
		return failure(ctx, ctx.Err())
	}
	return &DeliveryError{Kind: Unsigned}
}
