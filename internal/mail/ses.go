package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/trace"
	"github.com/enroll-project/enroll/internal/wording"
)

// SESConfig configures [NewSES].
type SESConfig struct {
	// KeyID and SecretKey are an access key of an IAM user that may do ses:SendEmail and nothing else.
	KeyID, SecretKey string
	// Role has the keys of a role that may do the same. It is used if KeyID is empty. The sender closes it if it has a
	// method Close.
	Role aws.CredentialsProvider
	// Region is the AWS Region whose service sends, such as eu-central-1.
	Region string
	// From is the sender, as in [SMTPConfig]. Its address or domain must be a verified identity of the account.
	From string
	// ConfigurationSet is the name of a configuration set of the account, which decides what happens with bounces and
	// complaints. If it is empty, the default one of the identity counts.
	ConfigurationSet string
	// Words are the operator's words, nil if all are built in.
	Words *wording.Words
	// Endpoint is the public address of the service in Region if empty.
	Endpoint string
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock of signatures and of the field Date, time.Now if nil.
	Now func() time.Time
	// Rand is the source of Message-IDs, crypto/rand.Reader if nil. It must be safe for concurrent use. SES replaces
	// the Message-ID by its own.
	Rand io.Reader
}

// SES sends messages by SendEmail of the API v2 of Amazon Simple Email Service, with signatures of version 4 by AWS's
// own signer. A message is the same MIME text as with [SMTP]. SES is safe for concurrent use.
//
// The client of AWS's SDK is not used: it repeats requests that failed, which would send a message twice.
type SES struct {
	composer
	config SESConfig
	url    string
	signer *v4.Signer
	client *http.Client
}

// sesPath is the path of SendEmail.
const sesPath = "/v2/email/outbound-emails"

// NewSES returns an error if a setting is missing or out of bounds. Its errors hold no key. It makes no connection.
func NewSES(cfg SESConfig) (*SES, error) {
	// The region is a part of the host, so it must not hold a dot or a slash.
	if cfg.Region == "" || strings.Trim(cfg.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return nil, errors.New("mail: SES: the region must be one such as eu-central-1")
	}
	if cfg.Endpoint == "" {
		cfg.Endpoint = "https://email." + cfg.Region + ".amazonaws.com"
	}
	from, err := parseSender(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("mail: SES: %w", err)
	}
	letters := newComposer(*from, cfg.Words, cfg.Now, cfg.Rand)
	// A refusal of a malformed address is taken to mean the recipient's. SES has no identity without a dot.
	if !strings.Contains(letters.domain(), ".") {
		return nil, errors.New("mail: SES: the domain of the sender has no dot")
	}
	if err := outbound.CheckURL(cfg.Endpoint); err != nil {
		return nil, fmt.Errorf("mail: SES: %w", err)
	}
	endpoint, err := url.Parse(cfg.Endpoint)
	if err != nil || endpoint.RawQuery != "" || strings.Trim(endpoint.Path, "/") != "" {
		return nil, errors.New("mail: SES: the endpoint must be https:// and a host")
	}
	endpoint.Path = sesPath
	if cfg.KeyID == "" && cfg.Role == nil || cfg.KeyID != "" && cfg.SecretKey == "" {
		return nil, errors.New("mail: SES: the access key and its secret must be set, or a role")
	}
	if cfg.Timeout, err = within(cfg.Timeout); err != nil {
		return nil, fmt.Errorf("mail: SES: %w", err)
	}
	// Connecting may take only a part of MaxTimeout, since a person may be waiting. A connection is kept for the mails
	// that follow soon.
	return &SES{
		composer: letters, config: cfg, url: endpoint.String(), signer: v4.NewSigner(),
		client: outbound.Client(cfg.RootCAs, outbound.Bounds{
			Open: 2 * time.Second, Idle: 30 * time.Second, Connections: outbound.SenderConnections, // check: ses-connections
		}),
	}, nil
}

// Send sends the message once and waits until SES has accepted it, at most until the timeout or the end of ctx. SES
// accepts an address that does not exist, and reports the bounce later, to the configuration set.
func (s *SES) Send(ctx context.Context, m Message) error {
	data, err := s.write(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout) // check: ses-time
	defer cancel()
	_, span := trace.Call(ctx, "mail ses")
	defer span.End()
	// A typed nil in an error would not be nil, so deliver's result is compared before it becomes one.
	if failed := s.deliver(ctx, m.To, data); failed != nil {
		span.Fail(string(failed.Kind))
		return failed
	}
	return nil
}

// deliver sends one request and maps its answer. The API has no idempotency key: it would send a repeated message
// twice. Therefore no request is repeated.
func (s *SES) deliver(ctx context.Context, to string, data []byte) *DeliveryError {
	var wrote atomic.Bool // the transport may still write when Do has returned
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	req, err := s.request(ctx, to, data)
	switch {
	case err != nil && ctx.Err() != nil:
		return failure(ctx, ctx.Err()) // while it waited for keys
	case err != nil:
		return failure(ctx, err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		failed := failure(ctx, err)
		failed.handed = wrote.Load() // check: ses-handed
		return failed
	}
	defer res.Body.Close()
	// Reading the body lets the connection be used again. No answer of SES is nearly as long.
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswers)) // check: ses-answer
	if err != nil {
		failed := failure(ctx, err)
		failed.handed = true
		return failed
	}
	return sesAnswer(res, body)
}

// sesRequest is what SendEmail reads of a request.
type (
	sesRequest struct {
		FromEmailAddress     string
		Destination          sesDestination
		Content              sesContent
		ConfigurationSetName string `json:",omitempty"`
	}
	sesDestination struct{ ToAddresses []string }
	sesContent     struct{ Raw sesRaw }
	sesRaw         struct{ Data []byte } // base64 in JSON
)

// request builds SendEmail for one address. The content is the raw message, so that the field Auto-Submitted and the
// encodings are those of [SMTP].
func (s *SES) request(ctx context.Context, to string, data []byte) (*http.Request, error) {
	body, err := json.Marshal(sesRequest{
		FromEmailAddress: s.from.String(), Destination: sesDestination{[]string{to}},
		Content: sesContent{sesRaw{data}}, ConfigurationSetName: s.config.ConfigurationSet,
	})
	if err != nil {
		return nil, errors.New("mail: SES: request cannot be built")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("mail: SES: request cannot be built")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "enroll")
	// The signature covers the body, the host and the time, so a recorded request is of use for minutes only.
	sum := sha256.Sum256(body)
	credentials := aws.Credentials{AccessKeyID: s.config.KeyID, SecretAccessKey: s.config.SecretKey}
	// The keys of a role have a session token, which the signer adds to the headers. A message waits for keys only if none
	// are valid.
	if s.config.KeyID == "" {
		if credentials, err = s.config.Role.Retrieve(ctx); err != nil { // check: ses-role
			return nil, &DeliveryError{Kind: Unsigned}
		}
	}
	err = s.signer.SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "ses", s.config.Region, s.now())
	if err != nil {
		return nil, errors.New("mail: SES: request cannot be signed")
	}
	return req, nil
}

// Close closes idle connections and the role. It does not affect deliveries in progress.
func (s *SES) Close() {
	s.client.CloseIdleConnections()
	if keeper, ok := s.config.Role.(interface{ Close() }); ok {
		keeper.Close()
	}
}
