package sms

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/wording"
)

// AliyunVoiceEndpoint is the public address of Alibaba Cloud's voice service (Dyvmsapi).
const AliyunVoiceEndpoint = "https://dyvmsapi.aliyuncs.com"

// timesSpoken is how often a provider of China speaks its template. The second time is for a person that had no pen at
// hand. Aliyun would speak it three times, Tencent twice.
const timesSpoken = 2

// AliyunVoiceConfig configures [NewAliyunVoice].
type AliyunVoiceConfig struct {
	// KeyID and KeySecret are an AccessKey of a RAM user that may do dyvms:SingleCallByTts.
	KeyID, KeySecret string
	// Template is the id of an approved template of a spoken code, whose only variable is ${code}, such as TTS_10001.
	Template string
	// From is the number that the phone shows. It must be empty if the template is one of the shared mode, for which
	// Aliyun chooses a number.
	From string
	// Words may have other templates for a site and a language. It is nil if there are none.
	Words *wording.Words
	// Endpoint is AliyunVoiceEndpoint if empty.
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

// AliyunVoice calls phones of mainland China by SingleCallByTts of Alibaba Cloud, version 2017-05-25, which speaks an
// approved template. Other phones are Unserved: Aliyun gives calls to them to no new account since March 2022. It is
// safe for concurrent use.
type AliyunVoice struct {
	aliyun *Aliyun
	from   string
}

// NewAliyunVoice returns an error if a setting is missing or out of bounds. Its errors hold no key. It makes no
// connection.
func NewAliyunVoice(cfg AliyunVoiceConfig) (*AliyunVoice, error) {
	if cfg.KeyID == "" || cfg.KeySecret == "" || cfg.Template == "" {
		return nil, errors.New("sms: aliyun: a call needs the key, its secret and the template")
	}
	aliyun, err := openAliyun(AliyunConfig{
		KeyID: cfg.KeyID, KeySecret: cfg.KeySecret, Template: cfg.Template, Words: cfg.Words,
		Endpoint: cmp.Or(cfg.Endpoint, AliyunVoiceEndpoint), Timeout: cfg.Timeout, RootCAs: cfg.RootCAs,
		Now: cfg.Now, Rand: cfg.Rand,
	})
	if err != nil {
		return nil, err
	}
	return &AliyunVoice{aliyun, cfg.From}, nil
}

func (v *AliyunVoice) speaks(m Message) bool { return v.aliyun.approval().speaks(m) }

// Send starts the call and waits for the answer of Aliyun, not for that of the person: at most until the timeout or the
// end of ctx.
func (v *AliyunVoice) Send(ctx context.Context, m Message) error {
	// There are no templates abroad, so a phone abroad has none.
	template, _, err := v.aliyun.approval().of(m)
	if err != nil {
		return err
	}
	param, err := aliyunParam(m.Code)
	if err != nil {
		return err
	}
	query := url.Values{
		"CalledNumber": {strings.TrimPrefix(m.Phone, "+86")}, "TtsCode": {template}, "TtsParam": {param},
		"PlayTimes": {strconv.Itoa(timesSpoken)},
	}
	if v.from != "" {
		query.Set("CalledShowNumber", v.from)
	}
	return v.aliyun.do(ctx, "SingleCallByTts", query)
}

// Close closes idle connections. It does not affect calls in progress.
func (v *AliyunVoice) Close() { v.aliyun.Close() }
