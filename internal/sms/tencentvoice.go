package sms

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/enroll-project/enroll/internal/wording"
)

// TencentVoiceEndpoint is the public address of Tencent Cloud's voice service (VMS).
const TencentVoiceEndpoint = "https://vms.tencentcloudapi.com"

// TencentVoiceConfig configures [NewTencentVoice].
type TencentVoiceConfig struct {
	// SecretID and SecretKey are an API key of a CAM user that may do vms:SendTtsVoice.
	SecretID, SecretKey string
	// AppID is the SdkAppId of the voice application, which is not that of an SMS application.
	AppID string
	// Template is the id of an approved voice template, whose only variable is the code.
	Template string
	// Words may have other templates for a site and a language. It is nil if there are none.
	Words *wording.Words
	// Region is the region of the API. If it is empty, it is ap-guangzhou.
	Region string
	// Endpoint is TencentVoiceEndpoint if empty.
	Endpoint string
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// TencentVoice calls phones of mainland China by SendTtsVoice of Tencent Cloud, version 2020-09-02, which speaks an
// approved template. Other phones are Unserved: the operation takes numbers of all countries, but its documents name no
// country besides China that it calls. It is safe for concurrent use.
type TencentVoice struct{ tencent *Tencent }

// NewTencentVoice returns an error if a setting is missing or out of bounds. Its errors hold no key. It makes no
// connection.
func NewTencentVoice(cfg TencentVoiceConfig) (*TencentVoice, error) {
	if cfg.SecretID == "" || cfg.SecretKey == "" || cfg.AppID == "" || cfg.Template == "" {
		return nil, errors.New("sms: tencent: a call needs the key, its secret, the application and the template")
	}
	tencent, err := openTencent(TencentConfig{
		SecretID: cfg.SecretID, SecretKey: cfg.SecretKey, AppID: cfg.AppID, Template: cfg.Template, Words: cfg.Words,
		Region: cfg.Region, Endpoint: cmp.Or(cfg.Endpoint, TencentVoiceEndpoint), Timeout: cfg.Timeout,
		RootCAs: cfg.RootCAs, Now: cfg.Now,
	})
	if err != nil {
		return nil, err
	}
	return &TencentVoice{tencent}, nil
}

var tencentVMS = tencentOperation{"vms", "SendTtsVoice", "2020-09-02"}

// tencentCall is the body of SendTtsVoice. The names of its fields are the API's.
type tencentCall struct {
	TemplateId, CalledNumber, VoiceSdkAppid string
	TemplateParamSet                        []string
	PlayTimes                               int
}

func (v *TencentVoice) speaks(m Message) bool { return v.tencent.approval().speaks(m) }

// Send starts the call and waits for the answer of Tencent, not for that of the person: at most until the timeout or
// the end of ctx.
func (v *TencentVoice) Send(ctx context.Context, m Message) error {
	// There are no templates abroad, so a phone abroad has none.
	template, _, err := v.tencent.approval().of(m)
	if err != nil {
		return err
	}
	call := tencentCall{
		TemplateId: template, CalledNumber: m.Phone, VoiceSdkAppid: v.tencent.config.AppID,
		TemplateParamSet: []string{m.Code}, PlayTimes: timesSpoken,
	}
	status, body, err := post(ctx, v.tencent.client, v.tencent.config.Timeout,
		func(ctx context.Context) (*http.Request, error) { return v.tencent.request(ctx, tencentVMS, call) })
	if err != nil {
		return err
	}
	// An error has HTTP status 200, too. Its member Message is not read, because it may quote the phone.
	var answer struct {
		Response struct {
			Error      *struct{ Code string }
			SendStatus struct{ CallId string }
		}
	}
	if json.Unmarshal(body, &answer) != nil {
		return unread(status)
	}
	switch got := answer.Response; {
	case got.Error != nil && got.Error.Code != "":
		return refusedWith(status, got.Error.Code)
	case got.SendStatus.CallId != "" && status == http.StatusOK: // check: tencent-call-accepted
		return nil
	}
	return unread(status)
}

// Close closes idle connections. It does not affect calls in progress.
func (v *TencentVoice) Close() { v.tencent.Close() }
