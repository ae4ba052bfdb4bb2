package sms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/sms"
)

// aliyunCall plays "SingleCallByTts" (API version 2017-05-25) with the codes of "API error codes" of Alibaba Cloud's
// voice service (both read 2026-12-01). It returns the code of its answer and the HTTP status.
func (b *book) aliyunCall(r *http.Request) (code string, status int) {
	params, code, status := b.acs(r, "SingleCallByTts")
	var given map[string]string
	_ = json.Unmarshal([]byte(params.Get("TtsParam")), &given)
	switch {
	case code != "":
		return code, status
	case !strings.Contains("TTS_1 TTS_2 TTS_3", params.Get("TtsCode")) || params.Get("TtsCode") == "":
		return "isv.TTS_TEMPLATE_ILLEGAL", 200
	// TTS_1 is a template of a number of the account, the others are of the shared mode, which has no number.
	case (params.Get("TtsCode") == "TTS_1") != (params.Get("CalledShowNumber") == "057112345678"):
		return "isv.DISPLAY_NUMBER_ILLEGAL", 200
	case !regexp.MustCompile(`^1\d{10}$`).MatchString(params.Get("CalledNumber")):
		return "isv.MOBILE_NUMBER_ILLEGAL", 200
	case len(given) != 1 || given["code"] == "":
		return "isv.TEMPLATE_MISSING_PARAMETERS", 200
	case !regexp.MustCompile(`^[1-3]$`).MatchString(params.Get("PlayTimes")):
		return "isv.INVALID_PARAMETERS", 200
	}
	b.take(params.Get("CalledNumber"), params.Get("TtsCode"), params.Get("TtsParam")+" "+params.Get("PlayTimes"))
	return "OK", 200
}

// tencentCall plays "SendTtsVoice" (API version 2020-09-02) with the codes that its page lists (read 2026-12-01). It
// returns the code of an error.
func (b *book) tencentCall(r *http.Request) (failed string) {
	body, failed := b.tc3(r, "vms", "SendTtsVoice", "2020-09-02")
	var req struct {
		TemplateId, CalledNumber, VoiceSdkAppid string
		TemplateParamSet                        []string
		PlayTimes                               int
	}
	switch {
	case failed != "":
		return failed
	case json.Unmarshal(body, &req) != nil:
		return "FailedOperation.InvalidJsonParameters"
	case req.VoiceSdkAppid != "1400006666":
		return "UnauthorizedOperation.VoiceSdkAppidVerifyFail"
	case !regexp.MustCompile(`^\+861\d{10}$`).MatchString(req.CalledNumber):
		return "InvalidParameterValue.CalledNumberVerifyFail"
	case req.TemplateId != "1" && req.TemplateId != "2" || len(req.TemplateParamSet) != 1:
		return "FailedOperation.TemplateIncorrectOrUnapproved"
	case req.PlayTimes < 1 || req.PlayTimes > 3:
		return "FailedOperation.InvalidParameters"
	}
	b.take(req.CalledNumber, req.TemplateId, fmt.Sprintf("%s %d", req.TemplateParamSet[0], req.PlayTimes))
	return ""
}

func serveAliyunCalls(b *book) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, status := b.aliyunCall(r)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"Code":%q,"Message":"m","RequestId":"D9CB3933","CallId":"116012354148^1"}`, code)
	}
}

func serveTencentCalls(b *book) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if failed := b.tencentCall(r); failed != "" {
			fmt.Fprintf(w, `{"Response":{"Error":{"Code":%q,"Message":"m"},"RequestId":"r"}}`, failed)
			return
		}
		fmt.Fprint(w, `{"Response":{"SendStatus":{"CallId":"12582bce-403c","SessionContext":""},"RequestId":"r"}}`)
	}
}

// The configurations that the fakes accept.
func aliyunVoiceConfig(url string) sms.AliyunVoiceConfig {
	return sms.AliyunVoiceConfig{KeyID: "LTAI-test", KeySecret: providerSecret, Template: "TTS_1", From: "057112345678",
		Endpoint: url}
}

func tencentVoiceConfig(url string) sms.TencentVoiceConfig {
	return sms.TencentVoiceConfig{SecretID: "AKID-test", SecretKey: providerSecret, AppID: "1400006666", Template: "1",
		Endpoint: url}
}

// made fails the test if a sender could not be made.
func made[S sms.Sender](t *testing.T) func(S, error) S {
	return func(sender S, err error) S {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return sender
	}
}

// spokenMessage is a call to a phone of mainland China.
func spokenMessage() sms.Message {
	m := message
	m.Voice = true
	return m
}

// TestCallsOfChina: a call has the template of the settings, or that of the operator's file for its language, and
// speaks it twice. A phone abroad costs no request. An id of an SMS is none of a call.
func TestCallsOfChina(t *testing.T) {
	t.Parallel()
	words := written(t, map[string]string{
		"en/aliyun.ids": "code SMS_9\nvoice-code TTS_2\nvoice-login TTS_3", "en/tencent.ids": "code 9\nvoice-code 2",
	})
	var a, b book
	one := aliyunVoiceConfig(serve(t, serveAliyunCalls(&a)).URL)
	other := tencentVoiceConfig(serve(t, serveTencentCalls(&b)).URL)
	shared := one
	shared.From, shared.Words, other.Words = "", words, words
	senders := map[string]sms.Sender{
		"aliyun":  made[*sms.AliyunVoice](t)(sms.NewAliyunVoice(one)),
		"shared":  made[*sms.AliyunVoice](t)(sms.NewAliyunVoice(shared)),
		"tencent": made[*sms.TencentVoice](t)(sms.NewTencentVoice(other)),
	}
	for _, c := range []struct{ sender, locale, purpose string }{
		{"aliyun", "zh-CN", "register"}, {"aliyun", "en", "login"}, {"shared", "en", "login"}, {"shared", "en", "reset"},
		{"tencent", "zh-CN", "login"}, {"tencent", "en", "login"},
	} {
		m := spokenMessage()
		m.Locale, m.Purpose = c.locale, c.purpose
		if err := senders[c.sender].Send(t.Context(), m); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	want := `13800138000 TTS_1 {"code":"918273"} 2, 13800138000 TTS_1 {"code":"918273"} 2, ` +
		`13800138000 TTS_3 {"code":"918273"} 2, 13800138000 TTS_2 {"code":"918273"} 2, ` +
		`+8613800138000 1 918273 2, +8613800138000 2 918273 2`
	if got := strings.Join(append(a.taken, b.taken...), ", "); got != want {
		t.Errorf("taken %s\nwant  %s", got, want)
	}
	for name, sender := range senders {
		abroad := spokenMessage()
		abroad.Phone = "+85251234567"
		failed(t, sender.Send(t.Context(), abroad), sms.Unserved, 0)
		if len(a.taken)+len(b.taken) != 6 {
			t.Errorf("%s: a phone abroad was called", name)
		}
	}
}

// TestFakesOfCallsRefuse: the fakes refuse a wrong key, an old time, a used nonce and the settings of another account.
// Otherwise TestCallsOfChina would not show that requests are right.
func TestFakesOfCallsRefuse(t *testing.T) {
	t.Parallel()
	old := func() time.Time { return time.Now().Add(-16 * time.Minute) }
	for name, c := range map[string]struct {
		change func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig)
		codes  [2]string // of Aliyun and Tencent
	}{
		"right": {func(*sms.AliyunVoiceConfig, *sms.TencentVoiceConfig) {}, [2]string{}},
		"key": {func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) { a.KeySecret, b.SecretKey = "x", "x" },
			[2]string{"SignatureDoesNotMatch", "AuthFailure.SignatureFailure"}},
		"time": {func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) { a.Now, b.Now = old, old },
			[2]string{"InvalidTimeStamp.Expired", "AuthFailure.SignatureExpire"}},
		"nonce": {func(a *sms.AliyunVoiceConfig, _ *sms.TencentVoiceConfig) {
			a.Rand = strings.NewReader(strings.Repeat("a", 32))
		}, [2]string{"SignatureNonceUsed", ""}},
		"template": {func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) { a.Template, b.Template = "TTS_9", "9" },
			[2]string{"isv.TTS_TEMPLATE_ILLEGAL", "FailedOperation.TemplateIncorrectOrUnapproved"}},
		"account": {func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) { a.From, b.AppID = "057187654321", "1" },
			[2]string{"isv.DISPLAY_NUMBER_ILLEGAL", "UnauthorizedOperation.VoiceSdkAppidVerifyFail"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var first, second book
			a := aliyunVoiceConfig(serve(t, serveAliyunCalls(&first)).URL)
			b := tencentVoiceConfig(serve(t, serveTencentCalls(&second)).URL)
			c.change(&a, &b)
			for i, sender := range []sms.Sender{
				made[*sms.AliyunVoice](t)(sms.NewAliyunVoice(a)), made[*sms.TencentVoice](t)(sms.NewTencentVoice(b)),
			} {
				_ = sender.Send(t.Context(), spokenMessage())
				err := sender.Send(t.Context(), spokenMessage()) // with the same nonce, if it is not fresh
				var d *sms.DeliveryError
				if got := errors.As(err, &d); got != (c.codes[i] != "") || got && d.Code != c.codes[i] {
					t.Errorf("%d: %v, want %q", i, err, c.codes[i])
				}
			}
		})
	}
}

// TestCallsOfChinaAnswers: each documented answer gives its result. After one that leaves open whether the call was
// made, no other sender calls.
func TestCallsOfChinaAnswers(t *testing.T) {
	t.Parallel()
	tencent := func(code string) string {
		return fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":"+8613800138000"},"RequestId":"r"}}`, code)
	}
	aliyun := func(code string) string { return fmt.Sprintf(`{"Code":%q,"Message":"13800138000"}`, code) }
	for _, c := range []struct {
		answer func(code string) string
		status int
		code   string
		kind   sms.Kind
		handed bool
	}{
		{aliyun, 200, "isv.BUSINESS_LIMIT_CONTROL", sms.Refused, false}, // 1 a minute, 5 an hour, 20 a day
		{aliyun, 200, "isv.MOBILE_NUMBER_ILLEGAL", sms.RecipientRefused, false},
		{aliyun, 200, "isv.VOICE_CALL_FAIL", sms.Refused, false},
		{aliyun, 200, "isv.AMOUNT_NOT_ENOUGH", sms.Refused, false},
		{aliyun, 200, "isp.RAM_PERMISSION_DENY", sms.Refused, false},
		{aliyun, 200, "isp.SYSTEM_ERROR", sms.Refused, true},
		{aliyun, 500, "OK", sms.Refused, true},
		{tencent, 200, "LimitExceeded.DeliveryFrequencyLimit", sms.Refused, false},
		{tencent, 200, "InvalidParameterValue.CalledNumberVerifyFail", sms.RecipientRefused, false},
		{tencent, 200, "FailedOperation.InsufficientBalanceInVoicePackage", sms.Refused, false},
		{tencent, 200, "InternalError.SigVerificationFail", sms.Refused, false},
		{tencent, 200, "InternalError.UpstreamError", sms.Refused, true},
		{tencent, 200, "InternalError.AccessUpstreamTimeout", sms.Refused, true},
		{tencent, 200, "FailedOperation.AccessUpstreamTimeout", sms.Refused, true},
		{tencent, 200, "FailedOperation.ParametersOtherError", sms.Refused, true},
		{func(string) string { return `{"Response":{"RequestId":"r"}}` }, 200, "", sms.Broken, true},
		{func(string) string { return `<html>` }, 502, "", sms.Refused, true},
		{func(string) string { return `<html>` }, 503, "", sms.Refused, false},
	} {
		t.Run(fmt.Sprintf("%d %s", c.status, c.code), func(t *testing.T) {
			t.Parallel()
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.answer(c.code))
			}).URL
			one := made[*sms.AliyunVoice](t)(sms.NewAliyunVoice(aliyunVoiceConfig(url)))
			other := made[*sms.TencentVoice](t)(sms.NewTencentVoice(tencentVoiceConfig(url)))
			if !strings.Contains(c.answer(c.code), "Response") {
				answered(t, one.Send(t.Context(), spokenMessage()), c.status, c.kind, c.code, c.handed)
			}
			if !strings.Contains(c.answer(c.code), `{"Code"`) || strings.Contains(c.answer(c.code), "Response") {
				answered(t, other.Send(t.Context(), spokenMessage()), c.status, c.kind, c.code, c.handed)
			}
		})
	}
}

// TestCallInAnotherLanguage: the template of the settings speaks Chinese, so a sender that has only that comes after
// one that speaks the person's language. It is better than no call.
func TestCallInAnotherLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		locale, ids string
		other       bool // another sender speaks all languages
		asked       string
	}{
		{"zh-CN", "", true, "aliyun"}, {"zh-TW", "", true, "aliyun"}, {"en", "", true, "other"},
		{"en", "voice-code TTS_3", true, "aliyun"}, {"fr", "voice-code TTS_3", true, "other"}, {"en", "", false, "aliyun"},
	} {
		var a book
		var asked []string
		cfg := aliyunVoiceConfig(serve(t, serveAliyunCalls(&a)).URL)
		cfg.From, cfg.Template, cfg.Words = "", "TTS_2", written(t, map[string]string{"en/aliyun.ids": c.ids})
		aliyun := made[*sms.AliyunVoice](t)(sms.NewAliyunVoice(cfg))
		routes := []sms.Route{{Name: "aliyun-voice", Voice: true, Sender: aliyun}}
		if c.other {
			routes = append(routes, sms.Route{Name: "other", Voice: true, Sender: scripted{"other", &asked, taken}})
		}
		r, err := sms.NewRouter(sms.RouterConfig{Now: time.Now, Metrics: prometheus.NewRegistry(), Routes: routes})
		if err != nil {
			t.Fatal(err)
		}
		m := spokenMessage()
		m.Locale = c.locale
		if err := r.Send(t.Context(), m); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if (c.asked == "aliyun") != (len(a.taken) == 1) || (c.asked == "other") != (len(asked) == 1) {
			t.Errorf("%+v: aliyun got %q, the other %q", c, a.taken, asked)
		}
	}
}

// TestUnknownCallIsTheOnlyOne: after an answer of Tencent that leaves open whether the call was made, Aliyun makes
// none.
func TestUnknownCallIsTheOnlyOne(t *testing.T) {
	t.Parallel()
	var a, b book
	one := aliyunVoiceConfig(serve(t, serveAliyunCalls(&a)).URL)
	one.From, one.Template = "", "TTS_2"
	unknown := tencentVoiceConfig(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		b.take("", "", "")
		fmt.Fprint(w, `{"Response":{"Error":{"Code":"FailedOperation.AccessUpstreamTimeout"}}}`)
	}).URL)
	r, err := sms.NewRouter(sms.RouterConfig{Now: time.Now, Metrics: prometheus.NewRegistry(), Routes: []sms.Route{
		{Name: "tencent-voice", Country: "CN", Voice: true, Sender: made[*sms.TencentVoice](t)(sms.NewTencentVoice(unknown))},
		{Name: "aliyun-voice", Country: "CN", Voice: true, Sender: made[*sms.AliyunVoice](t)(sms.NewAliyunVoice(one))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	m := spokenMessage()
	m.Country = "CN"
	var d *sms.DeliveryError
	if err := r.Send(t.Context(), m); !errors.As(err, &d) || !d.Handed() || len(a.taken) != 0 || len(b.taken) != 1 {
		t.Errorf("%v, aliyun called %d times, tencent %d", err, len(a.taken), len(b.taken))
	}
}

// TestNewVoiceOfChinaRefuses: what the providers would refuse at the first call is an error at the start.
func TestNewVoiceOfChinaRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*sms.AliyunVoiceConfig, *sms.TencentVoiceConfig){
		"no key":      func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) { a.KeyID, b.SecretID = "", "" },
		"no secret":   func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) { a.KeySecret, b.SecretKey = "", "" },
		"no template": func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) { a.Template, b.Template = "", "" },
		"http": func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) {
			a.Endpoint, b.Endpoint = "http://a.example", "http://a.example"
		},
		"time": func(a *sms.AliyunVoiceConfig, b *sms.TencentVoiceConfig) { a.Timeout, b.Timeout = time.Minute, -1 },
	} {
		a, b := aliyunVoiceConfig(""), tencentVoiceConfig("")
		change(&a, &b)
		_, errA := sms.NewAliyunVoice(a)
		_, errB := sms.NewTencentVoice(b)
		for _, err := range []error{errA, errB} {
			if err == nil || strings.Contains(err.Error(), providerSecret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
