package sms

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/enroll-project/enroll/internal/wording"
)

// TencentEndpoint is the public address of Tencent Cloud's SMS service.
const TencentEndpoint = "https://sms.tencentcloudapi.com"

// TencentConfig configures [NewTencent].
type TencentConfig struct {
	// SecretID and SecretKey are an API key of a CAM user that may do sms:SendSms and nothing else.
	SecretID, SecretKey string
	// AppID is the SdkAppId of the SMS application.
	AppID string
	// Sign is the approved signature (签名). Messages abroad have none.
	Sign string
	// Template is the id of an approved template for phones of mainland China. Its first variable is the
	// code.
	Template string
	// TemplateAbroad is the template for all other phones. If it is empty, they get no message.
	TemplateAbroad string
	// NoticeTemplate and NoticeTemplateAbroad are the templates of notices, which have no variable. If one is
	// empty, its phones get no notice.
	NoticeTemplate, NoticeTemplateAbroad string
	// Words may have other templates and another signature for a site and a language. It is nil if there are none.
	Words *wording.Words
	// Minutes says that the templates for codes have a second variable: the minutes for which the code is valid.
	Minutes bool
	// Region is the region of the API. If it is empty, it is ap-guangzhou.
	Region string
	// Endpoint is TencentEndpoint if empty.
	Endpoint string
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// Tencent sends messages by SendSms of Tencent Cloud, version 2021-01-11, with signatures of version
// 3 (TC3-HMAC-SHA256). It is safe for concurrent use.
type Tencent struct {
	config   TencentConfig
	endpoint *url.URL
	client   *http.Client
}

// NewTencent returns an error if a setting is missing or out of bounds. Its errors hold no key. It
// makes no connection.
func NewTencent(cfg TencentConfig) (*Tencent, error) {
	if cfg.SecretID == "" || cfg.SecretKey == "" || cfg.AppID == "" || cfg.Sign == "" || cfg.Template == "" {
		return nil, errors.New("sms: tencent: the key, its secret, the application, the signature and the template must be " +
			"set")
	}
	cfg.Endpoint = cmp.Or(cfg.Endpoint, TencentEndpoint)
	return openTencent(cfg)
}

// openTencent checks what messages and calls have in common.
func openTencent(cfg TencentConfig) (*Tencent, error) {
	cfg.Region = cmp.Or(cfg.Region, "ap-guangzhou")
	endpoint, err := apiURL(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("sms: tencent: %w", err)
	}
	if cfg.Timeout, err = within(cfg.Timeout); err != nil {
		return nil, fmt.Errorf("sms: tencent: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Tencent{config: cfg, endpoint: endpoint, client: apiClient(cfg.RootCAs)}, nil
}

// tencentRequest is the body of SendSms. The names of its fields are the API's.
type tencentRequest struct {
	PhoneNumberSet   []string
	SmsSdkAppId      string
	SignName         string `json:",omitempty"`
	TemplateId       string
	TemplateParamSet []string
}

// tencentAnswer is the answer of SendSms. It has an error of the request, or a status for each phone, both
// with HTTP status 200. The members Message are not read, because they may quote the phone.
type tencentAnswer struct {
	Response struct {
		Error         *struct{ Code string }
		SendStatusSet []struct{ Code string }
	}
}

// Send sends the message once and waits for the answer, at most until the timeout or the end of ctx.
func (t *Tencent) Send(ctx context.Context, m Message) error {
	r, err := t.message(m)
	if err != nil {
		return err
	}
	status, body, err := post(ctx, t.client, t.config.Timeout, func(ctx context.Context) (*http.Request, error) {
		return t.request(ctx, tencentSMS, r)
	})
	if err != nil {
		return err
	}
	var answer tencentAnswer
	if json.Unmarshal(body, &answer) != nil {
		return unread(status)
	}
	switch got := answer.Response; {
	case got.Error != nil && got.Error.Code != "":
		return refusedWith(status, got.Error.Code)
	case len(got.SendStatusSet) != 1 || got.SendStatusSet[0].Code == "":
		return unread(status)
	case got.SendStatusSet[0].Code == "Ok" && status == http.StatusOK: // check: tencent-accepted
		return nil
	default:
		return refusedWith(status, got.SendStatusSet[0].Code)
	}
}

// approval returns what messages are chosen from.
func (t *Tencent) approval() approval {
	return approval{"tencent", t.config.Words, templates{t.config.Template, t.config.TemplateAbroad},
		templates{t.config.NoticeTemplate, t.config.NoticeTemplateAbroad}, t.config.Sign}
}

func (t *Tencent) speaks(m Message) bool { return t.approval().speaks(m) }

// message returns the body for a message, or the kind Unserved if there is no template for it.
func (t *Tencent) message(m Message) (tencentRequest, error) {
	template, sign, err := t.approval().of(m)
	if err != nil {
		return tencentRequest{}, err
	}
	r := tencentRequest{
		PhoneNumberSet: []string{m.Phone}, SmsSdkAppId: t.config.AppID, TemplateId: template,
		TemplateParamSet: []string{}, // a notice has none
	}
	if isMainland(m.Phone) {
		r.SignName = sign
	}
	if m.Code == "" {
		return r, nil
	}
	r.TemplateParamSet = append(r.TemplateParamSet, m.Code)
	if t.config.Minutes {
		r.TemplateParamSet = append(r.TemplateParamSet, strconv.Itoa(int(m.ExpiresIn/time.Minute)))
	}
	return r, nil
}

// tencentOperation is an operation of Tencent Cloud and what its signature covers of it.
type tencentOperation struct{ service, action, version string }

var tencentSMS = tencentOperation{"sms", "SendSms", "2021-01-11"}

// request builds the request of an operation for one phone. The API has no idempotency key: it would send a repeated
// message twice, or call twice. Therefore Send never repeats a request.
func (t *Tencent) request(ctx context.Context, op tencentOperation, fields any) (*http.Request, error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("sms: tencent: encode: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("sms: tencent: request cannot be built")
	}
	req.Header.Set("X-TC-Action", op.action)
	req.Header.Set("X-TC-Version", op.version)
	req.Header.Set("X-TC-Region", t.config.Region)
	signTC3(req, t.config.SecretID, t.config.SecretKey, op.service, t.config.Now(), body)
	return req, nil
}

// Close closes idle connections. It does not affect deliveries in progress.
func (t *Tencent) Close() { t.client.CloseIdleConnections() }

// signTC3 signs a request by "Signature v3" of Tencent Cloud's API documentation (2020-07-14). A test compares it
// with the example given there. It signs the headers that the documentation requires. The key is derived for one
// day in UTC and one service, so that a derived key that leaks is useless on other days and for other services.
func signTC3(req *http.Request, id, secret, service string, at time.Time, body []byte) {
	const kind, names = "application/json; charset=utf-8", "content-type;host"
	seconds, day := strconv.FormatInt(at.Unix(), 10), at.UTC().Format(time.DateOnly)
	scope := day + "/" + service + "/tc3_request"
	canonical := "POST\n/\n\ncontent-type:" + kind + "\nhost:" + req.URL.Host + "\n\n" + names + "\n" +
		hexSHA256(string(body))
	key := []byte("TC3" + secret)
	for _, part := range []string{day, service, "tc3_request"} {
		key = sumHMAC(key, part)
	}
	signature := sumHMAC(key, "TC3-HMAC-SHA256\n"+seconds+"\n"+scope+"\n"+hexSHA256(canonical))
	req.Header.Set("Content-Type", kind)
	req.Header.Set("X-TC-Timestamp", seconds)
	req.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential="+id+"/"+scope+", SignedHeaders="+names+
		", Signature="+hex.EncodeToString(signature))
}

// sumHMAC returns the HMAC-SHA-256 of a text.
func sumHMAC(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
