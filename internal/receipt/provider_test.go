package receipt_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/receipt"
)

const vonageSecret = "K8vq2hJw0sZr7Tn4Yb6Xd9Lf1Gm3Pc5Q"

// The requests of this file are those of the providers' documents:
//   - Twilio: "Webhooks security" and "Track the message status of outbound messages" (as of 2026-03)
//   - Vonage: "Signed webhooks", "Messages API Status Callbacks" and "API Errors: Messages API" (as of 2026-03)
//   - Alibaba Cloud: "SmsReport", the push by HTTP (as of 2025-09)
//   - Tencent Cloud: "SMS Sending Status Notification" (2024-12-19)
//   - Standard Webhooks 1.0.0, by the library of the standard

// twilioForm returns a callback of Twilio, with fields that are added or replaced.
func twilioForm(fields ...string) url.Values {
	form := url.Values{
		"MessageSid": {messageID}, "SmsSid": {messageID}, "MessageStatus": {"delivered"}, "SmsStatus": {"delivered"},
		"To": {phone}, "From": {"+15005550006"}, "AccountSid": {"AC0123456789abcdef0123456789abcdef"},
		"ApiVersion": {"2010-04-01"}, "RawDlrDoneDate": {"2611301200"},
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

// sign computes the signature of Twilio as the document describes it.
func sign(token, url string, form url.Values) string {
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	text := url
	for _, name := range names {
		text += name + form.Get(name)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signedByTwilio returns the request of a callback.
func signedByTwilio(form url.Values) request {
	return request{path: "twilio", body: []byte(form.Encode()),
		header: http.Header{"X-Twilio-Signature": {sign(token, public, form)}}}
}

// signedByVonage returns a request of Vonage, with claims that are replaced; a claim of nil is left out.
func signedByVonage(t *testing.T, body, secret string, changes jwt.MapClaims) request {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	claims := jwt.MapClaims{"iss": "Vonage", "iat": now.Unix(), "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
		"api_key": "a1b2c3d", "application_id": vonageID, "payload_hash": hex.EncodeToString(sum[:])}
	for name, value := range changes {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	fatal(t, err)
	return request{path: "vonage", body: []byte(body), header: http.Header{"Authorization": {"Bearer " + signed}}}
}

// signedByReceiver returns a request of the operator's service, signed by the library of the standard.
func signedByReceiver(t *testing.T, body, secret string, at time.Time) request {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(secret)
	fatal(t, err)
	signature, err := signer.Sign("msg_r1", at, []byte(body))
	fatal(t, err)
	return request{path: "webhook", body: []byte(body), header: http.Header{"Webhook-Id": {"msg_r1"},
		"Webhook-Timestamp": {fmt.Sprint(at.Unix())}, "Webhook-Signature": {signature}}}
}

const (
	vonageBody = `{"message_uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab","to":"4915112345678","from":"15005550006",
		"timestamp":"2026-11-30T12:00:00Z","status":"delivered","channel":"sms","usage":{"currency":"EUR","price":"0.07"}}`
	webhookBody = `{"type":"sms.receipt","timestamp":"2026-11-30T12:00:00Z","data":{"message_id":"msg_1",` +
		`"phone":"+4915112345678","status":"delivered"}}`
	aliyunBody = `[{"phone_number":"13800138000","send_time":"2017-01-01 00:00:00","report_time":"2017-01-01 00:00:00",` +
		`"success":true,"err_code":"DELIVERED","err_msg":"用户接收成功","sms_size":"1","biz_id":"12345","out_id":"67890"}]`
	tencentBody = `[{"user_receive_time":"2015-10-17 08:03:04","nationcode":"86","mobile":"13800138000",` +
		`"report_status":"SUCCESS","errmsg":"DELIVRD","description":"用户短信送达成功","sid":"2019:1"}]`
)

// rightRequests returns a request of each sender, for a message that was delivered.
func rightRequests(t *testing.T) map[string]request {
	t.Helper()
	return map[string]request{
		"twilio": signedByTwilio(twilioForm()), "vonage": signedByVonage(t, vonageBody, vonageSecret, nil),
		"webhook": signedByReceiver(t, webhookBody, secret, now),
		"aliyun":  {path: "aliyun/" + pathKey, body: []byte(aliyunBody)},
		"tencent": {path: "tencent/" + pathKey + "t", body: []byte(tencentBody)},
	}
}

// wrongRequests returns requests of a sender that are refused with 403.
func wrongRequests(t *testing.T, sender string, right request) map[string]request {
	t.Helper()
	body := string(right.body)
	with := func(name, value string) request {
		return request{path: sender, body: right.body, header: http.Header{name: {value}}}
	}
	switch sender {
	case "twilio":
		many := right
		many.body = []byte(strings.Repeat("a&", 200))
		return map[string]request{
			"another token": with("X-Twilio-Signature", sign("x"+token, public, twilioForm())),
			"another URL":   with("X-Twilio-Signature", sign(token, public+"/", twilioForm())),
			"no base64":     with("X-Twilio-Signature", "?"), "many fields": many,
			"half of it": with("X-Twilio-Signature", right.header.Get("X-Twilio-Signature")[:12]),
		}
	case "vonage":
		none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iat": now.Unix()}).
			SignedString(jwt.UnsafeAllowNoneSignatureType)
		fatal(t, err)
		sum := sha256.Sum256(right.body)
		longer, err := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{
			"iat": now.Unix(), "payload_hash": hex.EncodeToString(sum[:])}).SignedString([]byte(vonageSecret))
		fatal(t, err)
		changed := func(claims jwt.MapClaims) request { return signedByVonage(t, body, vonageSecret, claims) }
		return map[string]request{
			"another secret": signedByVonage(t, body, vonageSecret+"x", nil),
			"no method":      with("Authorization", "Bearer "+none), "another method": with("Authorization", "Bearer "+longer),
			"no token":            with("Authorization", "Bearer x.y.z"),
			"no hash":             changed(jwt.MapClaims{"payload_hash": nil}),
			"another application": changed(jwt.MapClaims{"application_id": "x"}), "no time": changed(jwt.MapClaims{"iat": nil}),
			"a recording":     changed(jwt.MapClaims{"iat": now.Add(-25*time.Hour - time.Second).Unix()}),
			"from the future": changed(jwt.MapClaims{"iat": now.Add(5*time.Minute + time.Second).Unix()}),
		}
	case "webhook":
		return map[string]request{
			"another secret": signedByReceiver(t, body, "whsec_"+strings.Repeat("MfKQ9r8H", 4), now),
			"a recording":    signedByReceiver(t, body, secret, now.Add(-5*time.Minute-time.Second)),
			"the future":     signedByReceiver(t, body, secret, now.Add(5*time.Minute+time.Second)),
		}
	}
	return map[string]request{
		"another key": {path: sender + "/" + pathKey + "x", body: right.body},
		"a short key": {path: sender + "/x", body: right.body},
	}
}

// TestTwilioExamples: the signatures of Twilio's document and of its libraries are right for their requests.
func TestTwilioExamples(t *testing.T) {
	t.Parallel()
	for want, form := range map[string]url.Values{
		"RSOYDt4T1cUTdK1PDd93/VVr8B8=": {"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"},
			"From": {"+14158675309"}, "To": {"+18005551212"}},
		"IK+Dwps556ElfBT0I3Rgjkr1wJU=": {"Sid": {"CA123"}, "SidAccount": {"AC123"}, "Digits": {"5678", "1234", "1234"}},
	} {
		got := receipt.TwilioSignature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form)
		if base64.StdEncoding.EncodeToString(got) != want {
			t.Errorf("%x is not %s", got, want)
		}
	}
}

// TestStates: each documented state is mapped to its result. A state before the last one counts nothing.
func TestStates(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	want := map[string][4]int{}
	n := 0
	state := func(result int, sender string, of func(id string) request) {
		n++
		d.wants(sender, of(fmt.Sprintf("id%d", n)), http.StatusOK)
		if result >= 0 {
			counts := want[sender]
			counts[result]++
			want[sender] = counts
		}
	}
	for result, states := range map[int][]string{
		-1: {"accepted", "scheduled", "queued", "sending", "sent"}, 0: {"delivered", "read"},
		1: {"undelivered 30005", "failed 30006", "failed 21610", "failed 21211", "failed 21614"},
		2: {"undelivered 30003", "undelivered 30007", "failed 30008", "failed", "canceled"}, 3: {"partially_delivered"},
	} {
		for _, s := range states {
			status, code, _ := strings.Cut(s, " ")
			state(result, "twilio", func(id string) request {
				return signedByTwilio(twilioForm("MessageSid", id, "MessageStatus", status, "ErrorCode", code))
			})
		}
	}
	for result, states := range map[int][]string{
		-1: {"submitted"}, 0: {"delivered", "read"}, 1: {"rejected 1050", "rejected 1170", "undeliverable 1240"},
		2: {"rejected", "rejected 1000", "undeliverable"}, 3: {"teleported"},
	} {
		for _, s := range states {
			status, code, _ := strings.Cut(s, " ")
			state(result, "vonage", func(id string) request {
				return signedByVonage(t, fmt.Sprintf(`{"message_uuid":%q,"to":"4915112345678","status":%q,"error":{"type":
					"https://developer.vonage.com/api-errors/messages#%s"}}`, id, status, code), vonageSecret, nil)
			})
		}
	}
	for result, states := range map[int][]string{
		-1: {"sent"}, 0: {"delivered"}, 1: {"recipient_failed"}, 2: {"failed"}, 3: {"unknown", "lost"},
	} {
		for _, s := range states {
			state(result, "webhook", func(id string) request {
				return signedByReceiver(t, fmt.Sprintf(`{"type":"sms.receipt","data":{"message_id":%q,
					"phone":"+4915112345678","status":%q}}`, id, s), secret, now)
			})
		}
	}
	for result, states := range map[int][]string{0: {"SUCCESS"}, 2: {"FAIL"}, 3: {"LATER"}} {
		state(result, "tencent", func(id string) request {
			return request{path: "tencent/" + pathKey + "t", body: []byte(fmt.Sprintf(
				`[{"nationcode":"49","mobile":"15112345678","report_status":%q,"sid":%q}]`, states[0], id))}
		})
	}
	for result, success := range map[int]string{0: "true", 2: "false", 3: "null"} {
		state(result, "aliyun", func(id string) request {
			return request{path: "aliyun/" + pathKey, body: []byte(fmt.Sprintf(
				`[{"phone_number":"4915112345678","success":%s,"biz_id":%q}]`, success, id))}
		})
	}
	var all []string
	for _, sender := range []string{"aliyun", "tencent", "twilio", "vonage", "webhook"} {
		c := want[sender]
		all = append(all, fmt.Sprintf("DE %s %d %d %d %d", sender, c[0], c[1], c[2], c[3]))
	}
	d.counted(strings.Join(all, ", "))
}

// TestAnswers: Alibaba Cloud and Tencent Cloud get the answers by which they know that a receipt was taken.
func TestAnswers(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	for sender, want := range map[string]string{
		"aliyun": `{"code":0,"msg":"OK"}`, "tencent": `{"result":0,"errmsg":"OK"}`, "twilio": "", "vonage": "", "webhook": "",
	} {
		if status, answer := d.send(rightRequests(t)[sender]); status != http.StatusOK || answer != want {
			t.Errorf("%s: %d %q", sender, status, answer)
		}
	}
}

// TestBodies: a signed body that is none of the provider's is refused with 400 and changes nothing. So is a message
// that Enroll itself has signed and that was sent back. Of a list, what can be read is counted.
func TestBodies(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	for _, body := range []string{"", "null", "[]", "{", `{"type":"sms.receipt"}`, `{"type":"sms.receipt","data":7}`,
		`{"type":"sms.code","data":{"phone":"+4915112345678","code":"123456","message_id":"msg_1","status":"delivered"}}`} {
		d.wants("webhook: "+body, signedByReceiver(t, body, secret, now), http.StatusBadRequest)
		d.wants("vonage: "+body, signedByVonage(t, body, vonageSecret, nil), http.StatusBadRequest)
		d.wants("twilio: "+body, signedByTwilio(url.Values{"Body": {body}}), http.StatusBadRequest)
	}
	for _, body := range []string{"", "{}", "[7]", `[{"phone_number":7}]`, `[{"biz_id":[]}]`} {
		d.wants("aliyun: "+body, request{path: "aliyun/" + pathKey, body: []byte(body)}, http.StatusBadRequest)
	}
	d.counted("")
	long := strings.Repeat("x", 201)
	list := `[{"report_status":"SUCCESS"},{"sid":"` + long + `","report_status":"SUCCESS"},` +
		`{"sid":"1","report_status":"SUCCESS"},{"sid":"2","report_status":"SUCCESS","nationcode":"1","mobile":"2025550123"}]`
	d.wants("a list", request{path: "tencent/" + pathKey + "t", body: []byte(list)}, http.StatusOK)
	d.counted("US tencent 1 0 0 0, ZZ tencent 1 0 0 0")
	if !strings.Contains(d.log.String(), "count=2") {
		t.Error(d.log.String())
	}
}

// TestCountries: phones are counted for the country of their number, as each provider writes numbers.
func TestCountries(t *testing.T) {
	t.Parallel()
	d := open(t, limit.Rate{})
	for i, number := range []string{
		"13800138000", "8613800138000", "0085261234567", "85261234567", "+12025550123", "x", "",
	} {
		d.wants(number, request{path: "aliyun/" + pathKey, body: []byte(fmt.Sprintf(
			`[{"phone_number":%q,"success":true,"biz_id":"%d"}]`, number, i))}, http.StatusOK)
	}
	d.counted("CN aliyun 2 0 0 0, HK aliyun 2 0 0 0, US aliyun 1 0 0 0, ZZ aliyun 2 0 0 0")
}
