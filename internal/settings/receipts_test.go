package settings

import (
	"slices"
	"strings"
	"testing"
)

// TestReceiptSettings: what the receipts of a sender need is demanded at the start, and what would have no effect is
// refused. No error quotes a secret.
func TestReceiptSettings(t *testing.T) {
	t.Parallel()
	const key = "Zk3yq-0_kd82hHs72hdk28dhK2hd8s2d"
	senders := []string{"ENROLL_SMS=aliyun,tencent,twilio,vonage,webhook,sns", "ENROLL_SMS_NAME=Example",
		"ENROLL_SMS_ALIYUN_KEY_ID=a", "ENROLL_SMS_ALIYUN_KEY_SECRET=a", "ENROLL_SMS_ALIYUN_SIGN=a",
		"ENROLL_SMS_ALIYUN_TEMPLATE=a", "ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE=a", "ENROLL_SMS_TENCENT_SECRET_ID=a",
		"ENROLL_SMS_TENCENT_SECRET_KEY=a", "ENROLL_SMS_TENCENT_APP_ID=a", "ENROLL_SMS_TENCENT_SIGN=a",
		"ENROLL_SMS_TENCENT_TEMPLATE=a", "ENROLL_SMS_TENCENT_NOTICE_TEMPLATE=a", "ENROLL_SMS_TWILIO_ACCOUNT_SID=AC1",
		"ENROLL_SMS_TWILIO_SECRET=t", "ENROLL_SMS_TWILIO_FROM=a", "ENROLL_SMS_VONAGE_APPLICATION_ID=a",
		"ENROLL_SMS_VONAGE_KEY=a", "ENROLL_SMS_VONAGE_FROM=a", "ENROLL_SMS_WEBHOOK_URL=https://example.com",
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_a", "ENROLL_SMS_SNS_KEY_ID=a", "ENROLL_SMS_SNS_SECRET_KEY=a",
		"ENROLL_SMS_SNS_REGION=a"}
	const on, url = "ENROLL_RECEIPTS_ADDR=127.0.0.1:0 ", "ENROLL_RECEIPTS_URL="
	const good, api = url + "https://r.example.com ", "ENROLL_SMS_TWILIO_KEY_SID=SK1 "
	for set, want := range map[string]string{
		"": "", on + "SENDERS=webhook": "", on + good + "SENDERS=twilio,webhook": "",
		on + "SENDERS=aliyun ALIYUN=" + key: "", on + "SENDERS=tencent TENCENT=" + key: "",
		on + "SENDERS=vonage VONAGE=" + key: "", on + good + "SENDERS=twilio TWILIO=a " + api: "",
		on + good + "SENDERS=twilio " + api:                        "needs ENROLL_RECEIPTS_TWILIO_SECRET",
		on + "SENDERS=twilio":                                      "needs ENROLL_RECEIPTS_URL",
		on + "SENDERS=twilio " + url + "http://r.example.com":      "needs ENROLL_RECEIPTS_URL",
		on + "SENDERS=twilio " + url + "https://r.example.com:443": "needs ENROLL_RECEIPTS_URL",
		on + "SENDERS=twilio " + url + "https://r.example.com/":    "needs ENROLL_RECEIPTS_URL",
		on + "SENDERS=twilio " + url + "https://r.example.com?a":   "needs ENROLL_RECEIPTS_URL",
		on + "SENDERS=twilio " + url + "https://a@r.example.com":   "needs ENROLL_RECEIPTS_URL",
		on + "SENDERS=vonage VONAGE=short":                         "of 16 characters or more",
		on + "SENDERS=aliyun ALIYUN=" + key[1:]:                    "32 to 200 letters",
		on + "SENDERS=tencent TENCENT=" + key + "/":                "32 to 200 letters",
		on + "SENDERS=tencent":                                     "needs ENROLL_RECEIPTS_TENCENT_SECRET",
		on + "SENDERS=sns":                                         "Amazon SNS",
		on + "SENDERS=pigeon":                                      "must be of aliyun, tencent",
		on + "SENDERS=webhook,webhook":                             "each once",
		on + "SENDERS=webhook ENROLL_SMS=sns":                      "ENROLL_SMS has not",
		on:                                                         "need each other", "SENDERS=webhook": "need each other",
		on + "SENDERS=webhook VONAGE=" + key:  "ENROLL_RECEIPTS has not vonage",
		on + "SENDERS=webhook ALIYUN=" + key:  "ENROLL_RECEIPTS has not aliyun",
		on + "SENDERS=webhook TENCENT=" + key: "ENROLL_RECEIPTS has not tencent",
		on + "SENDERS=webhook TWILIO=" + key:  "ENROLL_RECEIPTS has not twilio",
		"ENROLL_LIMIT_RECEIPTS=often":         "ENROLL_LIMIT_RECEIPTS must be a rate",
	} {
		environ := slices.Clone(senders)
		for _, one := range strings.Fields(set) {
			name, value, _ := strings.Cut(one, "=")
			switch {
			case name == "SENDERS":
				name = "ENROLL_RECEIPTS"
			case !strings.HasPrefix(name, "ENROLL_"):
				name = "ENROLL_RECEIPTS_" + name + "_SECRET"
			}
			environ = append(environ, name+"="+value)
		}
		_, err := Read(false, environ)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
		if err != nil && strings.Contains(err.Error(), key[1:]) {
			t.Errorf("%s: the error quotes the secret: %v", set, err)
		}
	}
}
