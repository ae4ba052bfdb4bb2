package sms_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/sms"
)

// book records the messages that a provider's fake has accepted: the phone, the template and its variables.
type book struct {
	mu    sync.Mutex
	taken []string
	seen  map[string]bool // nonces
	// callback is the URL at which the last message asked Twilio for its receipt.
	callback string
}

func (b *book) take(phone, template, variables string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken = append(b.taken, phone+" "+template+" "+variables)
}

// fresh reports whether a nonce is new.
func (b *book) fresh(nonce string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	old := b.seen[nonce]
	b.seen[nonce] = true
	return nonce != "" && !old
}

const providerSecret = "secret of the provider"

func hexOf(sum []byte) string { return hex.EncodeToString(sum) }

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hexOf(sum[:])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// field returns the value after name= in a header of comma-separated parts.
func field(header, name string) string {
	_, rest, _ := strings.Cut(header, name+"=")
	value, _, _ := strings.Cut(rest, ",")
	return value
}

// signedHeaders returns the canonical form of the headers that a request says are signed.
func signedHeaders(r *http.Request, names string) (canonical string) {
	for _, name := range strings.Split(names, ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		canonical += name + ":" + strings.TrimSpace(value) + "\n"
	}
	return canonical
}

// acs verifies a request as Alibaba Cloud documents it: "Request syntax and signature method V3" (2024-12-13). It
// returns the parameters, or the code of a refusal and its HTTP status. Both services have API version 2017-05-25.
func (b *book) acs(r *http.Request, action string) (params url.Values, code string, status int) {
	body, _ := io.ReadAll(r.Body)
	auth := r.Header.Get("Authorization")
	names := field(auth, "SignedHeaders")
	// The parameters, encoded anew: space as %20, in the order of their names.
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, "InvalidParameter", 400
	}
	var pairs []string
	for name := range params {
		pairs = append(pairs, name+"="+strings.ReplaceAll(url.QueryEscape(params.Get(name)), "+", "%20"))
	}
	slices.Sort(pairs)
	canonical := r.Method + "\n" + r.URL.Path + "\n" + strings.Join(pairs, "&") + "\n" + signedHeaders(r, names) + "\n" +
		names + "\n" + sha(string(body))
	at, err := time.Parse("2006-01-02T15:04:05Z", r.Header.Get("x-acs-date"))
	switch {
	case !strings.HasPrefix(auth, "ACS3-HMAC-SHA256 ") || field(auth, "Credential") != "LTAI-test":
		return nil, "InvalidAccessKeyId.NotFound", 404
	case err != nil || time.Since(at).Abs() > 15*time.Minute:
		return nil, "InvalidTimeStamp.Expired", 400
	case !b.fresh(r.Header.Get("x-acs-signature-nonce")):
		return nil, "SignatureNonceUsed", 400
	case r.Header.Get("x-acs-content-sha256") != sha(string(body)) || names !=
		"host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version":
		return nil, "IncompleteSignature", 400
	case field(auth, "Signature") != hexOf(mac([]byte(providerSecret), "ACS3-HMAC-SHA256\n"+sha(canonical))):
		return nil, "SignatureDoesNotMatch", 400
	case r.Header.Get("x-acs-action") != action || r.Header.Get("x-acs-version") != "2017-05-25":
		return nil, "InvalidAction.NotFound", 404
	}
	return params, "", 0
}

// aliyun plays "SendSms" as Alibaba Cloud documents it. It returns the code of its answer and the HTTP status.
func (b *book) aliyun(r *http.Request) (code string, status int) {
	params, code, status := b.acs(r, "SendSms")
	switch {
	case code != "":
		return code, status
	case params.Get("SignName") != "恩罗 测试+*~":
		return "isv.SMS_SIGNATURE_ILLEGAL", 200
	}
	phone, template := params.Get("PhoneNumbers"), params.Get("TemplateCode")
	// The variables of the approved templates: those of notices have none.
	variables, ok := map[string]string{"SMS_1": "code", "SMS_2": "code", "SMS_3": "", "SMS_4": ""}[template]
	var given map[string]string
	_ = json.Unmarshal([]byte(params.Get("TemplateParam")), &given)
	// Mainland numbers have eleven digits, and their own templates.
	switch mainland := len(phone) == 11 && phone[0] == '1'; {
	case !ok:
		return "isv.SMS_TEMPLATE_ILLEGAL", 200
	case mainland != (template == "SMS_1" || template == "SMS_3"):
		return "isv.MOBILE_NUMBER_ILLEGAL", 200
	case strings.Join(slices.Collect(maps.Keys(given)), ",") != variables || variables != "" && given[variables] == "":
		return "isv.TEMPLATE_MISSING_PARAMETERS", 200
	}
	b.take(phone, template, params.Get("TemplateParam"))
	return "OK", 200
}

// tc3 verifies a request as Tencent Cloud documents it: "Signature v3" (2020-07-14). It returns the body, or the code
// of an error.
func (b *book) tc3(r *http.Request, service, action, version string) (body []byte, failed string) {
	body, _ = io.ReadAll(r.Body)
	auth := r.Header.Get("Authorization")
	names := field(auth, "SignedHeaders")
	var seconds int64
	_, err := fmt.Sscan(r.Header.Get("X-TC-Timestamp"), &seconds)
	at := time.Unix(seconds, 0).UTC()
	scope := at.Format("2006-01-02") + "/" + service + "/tc3_request"
	key := []byte("TC3" + providerSecret)
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	canonical := r.Method + "\n/\n\n" + signedHeaders(r, names) + "\n" + names + "\n" + sha(string(body))
	switch {
	case !strings.HasPrefix(auth, "TC3-HMAC-SHA256 ") || field(auth, "Credential") != "AKID-test/"+scope:
		return nil, "AuthFailure.SecretIdNotFound"
	case err != nil || time.Since(at).Abs() > 5*time.Minute:
		return nil, "AuthFailure.SignatureExpire"
	case !strings.Contains(names, "content-type") || !strings.Contains(names, "host") ||
		field(auth, "Signature") !=
			hexOf(mac(key, fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s\n%s", seconds, scope, sha(canonical)))):
		return nil, "AuthFailure.SignatureFailure"
	case r.Header.Get("X-TC-Action") != action || r.Header.Get("X-TC-Version") != version:
		return nil, "InvalidAction"
	case r.Header.Get("X-TC-Region") != "ap-guangzhou":
		return nil, "UnsupportedRegion"
	}
	return body, ""
}

// tencent plays "SendSms" (API version 2021-01-11) as Tencent Cloud documents it. It returns the code of an error, or
// the code of the phone's status.
func (b *book) tencent(r *http.Request) (failed, code string) {
	body, failed := b.tc3(r, "sms", "SendSms", "2021-01-11")
	var req struct {
		PhoneNumberSet, TemplateParamSet  []string
		SmsSdkAppId, SignName, TemplateId string
	}
	switch {
	case failed != "":
		return failed, ""
	case json.Unmarshal(body, &req) != nil || req.SmsSdkAppId != "1400000000" || len(req.PhoneNumberSet) != 1:
		return "InvalidParameterValue", ""
	}
	phone := req.PhoneNumberSet[0]
	switch mainland := strings.HasPrefix(phone, "+86"); {
	case !strings.Contains(map[bool]string{true: "13", false: "24"}[mainland], req.TemplateId) || req.TemplateId == "":
		return "", "FailedOperation.TemplateIncorrectOrUnapproved"
	case req.SignName != map[bool]string{true: "恩罗 测试+*~", false: ""}[mainland]:
		return "", "FailedOperation.SignatureIncorrectOrUnapproved"
	case len(req.TemplateParamSet) != map[string]int{"1": 2, "2": 2}[req.TemplateId] ||
		slices.Contains(req.TemplateParamSet, ""):
		return "", "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
	}
	b.take(phone, req.TemplateId, strings.Join(req.TemplateParamSet, ","))
	return "", "Ok"
}

// provider is one of those that have an API of their own, with a fake that verifies each request.
type provider struct {
	book
	make func(url string) (sms.Sender, error)
	// answer writes a success, or a refusal with a code.
	serve  func(b *book) http.HandlerFunc
	refuse func(code string) string
	// landline is the code of a phone that gets no SMS.
	landline string
}

func providers() map[string]*provider {
	return map[string]*provider{
		"sns": {
			landline: "OptedOut",
			make:     func(url string) (sms.Sender, error) { return sms.NewSNS(snsConfig(url)) },
			serve:    serveSNS,
			refuse:   snsError,
		},
		"vonage": {
			landline: "1170",
			make:     func(url string) (sms.Sender, error) { return sms.NewVonage(vonageConfig(url)) },
			serve:    serveVonage,
			refuse:   vonageProblem,
		},
		"twilio": {
			landline: "21614",
			make:     func(url string) (sms.Sender, error) { return sms.NewTwilio(twilioConfig(url)) },
			serve:    serveTwilio,
			refuse:   func(code string) string { return fmt.Sprintf(`{"code":%q,"message":"+8613800138000"}`, code) },
		},
		"aliyun": {
			landline: "isv.MOBILE_NUMBER_ILLEGAL",
			make: func(url string) (sms.Sender, error) {
				return sms.NewAliyun(sms.AliyunConfig{KeyID: "LTAI-test", KeySecret: providerSecret, Sign: "恩罗 测试+*~",
					Template: "SMS_1", TemplateAbroad: "SMS_2", NoticeTemplate: "SMS_3", NoticeTemplateAbroad: "SMS_4",
					Endpoint: url})
			},
			serve: func(b *book) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					code, status := b.aliyun(r)
					w.WriteHeader(status)
					fmt.Fprintf(w, `{"Code":%q,"Message":"m","RequestId":"F655A8D5-B967-440B-8683-DAD6FF8DE990","BizId":"9006"}`, code)
				}
			},
			refuse: func(code string) string { return fmt.Sprintf(`{"Code":%q,"Message":"+8613800138000"}`, code) },
		},
		"tencent": {
			landline: "InvalidParameterValue.IncorrectPhoneNumber",
			make: func(url string) (sms.Sender, error) {
				return sms.NewTencent(sms.TencentConfig{SecretID: "AKID-test", SecretKey: providerSecret, AppID: "1400000000",
					Sign: "恩罗 测试+*~", Template: "1", TemplateAbroad: "2", NoticeTemplate: "3", NoticeTemplateAbroad: "4",
					Minutes: true, Endpoint: url})
			},
			serve: func(b *book) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					if failed, code := b.tencent(r); failed != "" {
						fmt.Fprintf(w, `{"Response":{"Error":{"Code":%q,"Message":"m"},"RequestId":"r"}}`, failed)
					} else {
						fmt.Fprintf(w, `{"Response":{"SendStatusSet":[{"SerialNo":"5000:1","PhoneNumber":"p","Fee":1,"Code":%q,
							"Message":"m","IsoCode":"CN"}],"RequestId":"r"}}`, code)
					}
				}
			},
			refuse: func(code string) string {
				return fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":"+8613800138000"},"RequestId":"r"}}`, code)
			},
		},
	}
}

// TestProviders: each provider accepts the codes and notices that we send, in mainland China and abroad, and only
// requests that are signed with its key.
func TestProviders(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"aliyun": {`13800138000 SMS_1 {"code":"918273"}`, `85251234567 SMS_2 {"code":"918273"}`,
			"13800138000 SMS_3 ", "85251234567 SMS_4 "},
		"twilio": {"+8613800138000 600 【Enroll】您正在注册账号，验证码918273，10分钟内有效，请勿告诉任何人。",
			"+85251234567 600 【Enroll】您正在注册账号，验证码918273，10分钟内有效，请勿告诉任何人。",
			"+8613800138000  【Enroll】您账号的手机号已变更，如非本人操作，请立即联系客服。",
			"+85251234567  【Enroll】您账号的手机号已变更，如非本人操作，请立即联系客服。"},
		"sns": {"+8613800138000 ENROLL 【Enroll】您正在注册账号，验证码918273，10分钟内有效，请勿告诉任何人。",
			"+85251234567 ENROLL 【Enroll】您正在注册账号，验证码918273，10分钟内有效，请勿告诉任何人。",
			"+8613800138000 ENROLL 【Enroll】您账号的手机号已变更，如非本人操作，请立即联系客服。",
			"+85251234567 ENROLL 【Enroll】您账号的手机号已变更，如非本人操作，请立即联系客服。"},
		"vonage": {"8613800138000 15005550006 【Enroll】您正在注册账号，验证码918273，10分钟内有效，请勿告诉任何人。",
			"85251234567 15005550006 【Enroll】您正在注册账号，验证码918273，10分钟内有效，请勿告诉任何人。",
			"8613800138000 15005550006 【Enroll】您账号的手机号已变更，如非本人操作，请立即联系客服。",
			"85251234567 15005550006 【Enroll】您账号的手机号已变更，如非本人操作，请立即联系客服。"},
		"tencent": {"+8613800138000 1 918273,10", "+85251234567 2 918273,10", "+8613800138000 3 ", "+85251234567 4 "},
	}
	for name, p := range providers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sender, err := p.make(serve(t, p.serve(&p.book)).URL)
			if err != nil {
				t.Fatal(err)
			}
			abroad := message
			abroad.Phone = "+85251234567"
			notice, noticeAbroad := message, abroad
			notice.Code, noticeAbroad.Code = "", ""
			notice.Purpose, noticeAbroad.Purpose = sms.PhoneChanged, sms.PhoneChanged
			for _, m := range []sms.Message{message, abroad, notice, noticeAbroad} {
				if err := sender.Send(t.Context(), m); err != nil {
					t.Error(err)
				}
			}
			if !slices.Equal(p.taken, want[name]) {
				t.Errorf("taken %q, want %q", p.taken, want[name])
			}
		})
	}
}

// TestFakesOfChinaRefuse: the fakes of Aliyun and Tencent refuse a wrong key and an old time, and that of Aliyun a used
// nonce. Otherwise TestProviders would not show that requests are signed.
func TestFakesOfChinaRefuse(t *testing.T) {
	t.Parallel()
	old := func() time.Time { return time.Now().Add(-16 * time.Minute) }
	aliyun := sms.AliyunConfig{KeyID: "LTAI-test", KeySecret: providerSecret, Sign: "恩罗 测试+*~", Template: "SMS_1"}
	tencent := sms.TencentConfig{SecretID: "AKID-test", SecretKey: providerSecret, AppID: "1400000000",
		Sign: "恩罗 测试+*~", Template: "1", Minutes: true}
	for name, c := range map[string]struct {
		change func(a *sms.AliyunConfig, b *sms.TencentConfig)
		codes  [2]string // of Aliyun and Tencent
	}{
		"right": {func(*sms.AliyunConfig, *sms.TencentConfig) {}, [2]string{}},
		"key": {func(a *sms.AliyunConfig, b *sms.TencentConfig) { a.KeySecret, b.SecretKey = "x", "x" },
			[2]string{"SignatureDoesNotMatch", "AuthFailure.SignatureFailure"}},
		"time": {func(a *sms.AliyunConfig, b *sms.TencentConfig) { a.Now, b.Now = old, old },
			[2]string{"InvalidTimeStamp.Expired", "AuthFailure.SignatureExpire"}},
		"nonce": {func(a *sms.AliyunConfig, _ *sms.TencentConfig) { a.Rand = strings.NewReader(strings.Repeat("a", 32)) },
			[2]string{"SignatureNonceUsed", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := aliyun, tencent
			first, second := providers()["aliyun"], providers()["tencent"]
			a.Endpoint, b.Endpoint = serve(t, first.serve(&first.book)).URL, serve(t, second.serve(&second.book)).URL
			c.change(&a, &b)
			one, errA := sms.NewAliyun(a)
			other, errB := sms.NewTencent(b)
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			for i, sender := range []sms.Sender{one, other} {
				_ = sender.Send(t.Context(), message)
				err := sender.Send(t.Context(), message) // with the same nonce, if it is not fresh
				var d *sms.DeliveryError
				if got := errors.As(err, &d); got != (c.codes[i] != "") || got && d.Code != c.codes[i] {
					t.Errorf("%d: %v, want %q", i, err, c.codes[i])
				}
			}
		})
	}
}

// TestProviderAnswers: each answer gives its result, and no error has a text of the answer.
func TestProviderAnswers(t *testing.T) {
	t.Parallel()
	for name, p := range providers() {
		for _, c := range []struct {
			status int
			answer string
			kind   sms.Kind
			code   string
			handed bool
		}{
			{200, p.refuse("isv.BUSINESS_LIMIT_CONTROL"), sms.Refused, "isv.BUSINESS_LIMIT_CONTROL", false},
			{400, p.refuse("SignatureDoesNotMatch"), sms.Refused, "SignatureDoesNotMatch", false},
			{200, p.refuse(p.landline), sms.RecipientRefused, p.landline, false},
			{504, p.refuse(p.landline), sms.Refused, p.landline, true},
			{200, p.refuse("InternalError.Timeout"), sms.Refused, "InternalError.Timeout", true},
			{200, p.refuse("InternalError.SigVerificationFail"), sms.Refused, "InternalError.SigVerificationFail", false},
			{200, p.refuse("isp.SYSTEM_ERROR"), sms.Refused, "isp.SYSTEM_ERROR", true},
			{200, p.refuse("isp.GATEWAY_ERROR"), sms.Refused, "isp.GATEWAY_ERROR", true},
			{200, p.refuse("isp.RAM_PERMISSION_DENY"), sms.Refused, "isp.RAM_PERMISSION_DENY", false},
			{200, p.refuse("918273"), sms.Refused, "", false},        // a code
			{200, p.refuse("138-0013-8000"), sms.Refused, "", false}, // a phone
			{200, p.refuse("21659"), sms.Refused, "21659", false},
			{502, p.refuse("Any"), sms.Refused, "Any", true},
			{200, p.refuse("to +8613800138000"), sms.Refused, "", false},
			{200, p.refuse(strings.Repeat("x", 65)), sms.Refused, "", false},
			{200, p.refuse(""), sms.Broken, "", true},
			{200, "<html>", sms.Broken, "", true},
			{200, "{}", sms.Broken, "", true},
			{503, "<html>", sms.Refused, "", false},
			{500, "<html>", sms.Refused, "", true},
			{500, p.refuse("Any"), sms.Refused, "Any", true},
			{403, "", sms.Refused, "", false},
			{302, "", sms.Refused, "", false},
		} {
			t.Run(fmt.Sprintf("%s/%d %.30s", name, c.status, c.answer), func(t *testing.T) {
				t.Parallel()
				server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, c.answer)
				})
				sender, err := p.make(server.URL)
				if err != nil {
					t.Fatal(err)
				}
				answered(t, sender.Send(t.Context(), message), c.status, c.kind, c.code, c.handed)
			})
		}
	}
}

// answered checks the error for an answer: its kind and code, and whether the message may arrive.
func answered(t *testing.T, err error, status int, kind sms.Kind, code string, handed bool) {
	t.Helper()
	if kind == sms.Broken {
		status = 0
	}
	failed(t, err, kind, status)
	if d, ok := err.(*sms.DeliveryError); ok && (d.Code != code || d.Handed() != handed) {
		t.Errorf("code %q, handed %t", d.Code, d.Handed())
	}
}

// TestTencentRefusesAPhone: the request is fine and its only phone is refused.
func TestTencentRefusesAPhone(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"Response":{"SendStatusSet":[{"Code":"LimitExceeded.PhoneNumberDailyLimit"}]}}`)
	})
	sender, err := providers()["tencent"].make(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	failed(t, sender.Send(t.Context(), message), sms.Refused, http.StatusOK)
}

// TestProviderWithoutTemplateAbroad: a phone for which there is no template costs no request.
func TestProviderWithoutTemplateAbroad(t *testing.T) {
	t.Parallel()
	aliyun, err := sms.NewAliyun(sms.AliyunConfig{KeyID: "k", KeySecret: "s", Sign: "x", Template: "SMS_1",
		Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	tencent, err := sms.NewTencent(sms.TencentConfig{SecretID: "k", SecretKey: "s", AppID: "1", Sign: "x", Template: "1",
		Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	abroad := message
	abroad.Phone = "+85251234567"
	for _, sender := range []sms.Sender{aliyun, tencent} {
		failed(t, sender.Send(t.Context(), abroad), sms.Unserved, 0)
	}
}

// TestNewProviderRefuses: settings that are missing or not safe are an error.
func TestNewProviderRefuses(t *testing.T) {
	t.Parallel()
	good := sms.AliyunConfig{KeyID: "k", KeySecret: "topsecret", Sign: "x", Template: "SMS_1"}
	fine := sms.TencentConfig{SecretID: "k", SecretKey: "topsecret", AppID: "1", Sign: "x", Template: "1"}
	if _, err := sms.NewAliyun(good); err != nil {
		t.Error(err)
	}
	if _, err := sms.NewTencent(fine); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*sms.AliyunConfig, *sms.TencentConfig){
		func(a *sms.AliyunConfig, b *sms.TencentConfig) { a.KeyID, b.SecretID = "", "" },
		func(a *sms.AliyunConfig, b *sms.TencentConfig) { a.KeySecret, b.SecretKey = "", "" },
		func(a *sms.AliyunConfig, b *sms.TencentConfig) { a.Sign, b.Sign = "", "" },
		func(a *sms.AliyunConfig, b *sms.TencentConfig) { a.Template, b.Template = "", "" },
		func(a *sms.AliyunConfig, b *sms.TencentConfig) { a.Timeout, b.Timeout = 4*time.Second, -1 },
		func(a *sms.AliyunConfig, b *sms.TencentConfig) {
			a.Endpoint, b.Endpoint = "http://a.example", "ftp://a.example"
		},
		func(a *sms.AliyunConfig, b *sms.TencentConfig) {
			a.Endpoint, b.Endpoint = "https://a.example/path", "https://a.example/?q"
		},
		func(a *sms.AliyunConfig, b *sms.TencentConfig) { a.Endpoint, b.AppID = "https://u:p@a.example", "" },
	} {
		a, b := good, fine
		change(&a, &b)
		_, errA := sms.NewAliyun(a)
		_, errB := sms.NewTencent(b)
		for _, err := range []error{errA, errB} {
			if err == nil || strings.Contains(err.Error(), "topsecret") {
				t.Errorf("%+v, %+v: %v", a, b, err)
			}
		}
	}
}
