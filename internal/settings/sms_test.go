package settings

import (
	"slices"
	"strings"
	"testing"
)

// TestSMSRoutes reads ENROLL_SMS.
func TestSMSRoutes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]SMSRoutes{
		"aliyun":                           {{"", "aliyun"}},
		"aliyun,tencent,webhook":           {{"", "aliyun"}, {"", "tencent"}, {"", "webhook"}},
		"CN=aliyun,CN=tencent,*=webhook":   {{"CN", "aliyun"}, {"CN", "tencent"}, {"", "webhook"}},
		"CN=aliyun,DE=aliyun,aliyun":       {{"CN", "aliyun"}, {"DE", "aliyun"}, {"", "aliyun"}},
		"twilio,webhook":                   {{"", "twilio"}, {"", "webhook"}},
		"carrier-pigeon":                   nil,
		"aliyun,":                          nil,
		"aliyun, tencent":                  nil,
		"aliyun,aliyun":                    nil,
		"aliyun,*=aliyun":                  nil,
		"cn=aliyun":                        nil,
		"CHN=aliyun":                       nil,
		"=aliyun":                          nil,
		"CN=":                              nil,
		"CN=aliyun=x":                      nil,
		"*":                                nil,
		"aliyun\x00":                       nil,
		strings.Repeat("aliyun,", 9) + "x": nil,
	} {
		var got SMSRoutes
		if err := got.UnmarshalText([]byte(text)); (err == nil) != (want != nil) || err == nil && !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// TestSenderSettings: errors name each setting that a sender lacks, and each that has no effect.
func TestSenderSettings(t *testing.T) {
	t.Parallel()
	aliyun := []string{"ENROLL_SMS_ALIYUN_KEY_ID=LTAI", "ENROLL_SMS_ALIYUN_KEY_SECRET=s", "ENROLL_SMS_ALIYUN_SIGN=x",
		"ENROLL_SMS_ALIYUN_TEMPLATE=SMS_1", "ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE=SMS_3"}
	tencent := []string{"ENROLL_SMS_TENCENT_SECRET_ID=AKID", "ENROLL_SMS_TENCENT_SECRET_KEY=s",
		"ENROLL_SMS_TENCENT_APP_ID=1", "ENROLL_SMS_TENCENT_SIGN=x", "ENROLL_SMS_TENCENT_TEMPLATE=1",
		"ENROLL_SMS_TENCENT_NOTICE_TEMPLATE=3"}
	both := append(slices.Clone(aliyun), tencent...)
	twilio := []string{"ENROLL_SMS_TWILIO_ACCOUNT_SID=AC1", "ENROLL_SMS_TWILIO_SECRET=s", "ENROLL_SMS_TWILIO_FROM=+1",
		"ENROLL_SMS_NAME=x"}
	all := append(slices.Clone(both), twilio...)
	if c, err := Read(false, append(all, "ENROLL_SMS=CN=aliyun,HK=tencent,*=twilio")); err != nil || len(c.SMS) != 3 {
		t.Errorf("%v, %v", c.SMS, err)
	}
	sns := []string{"ENROLL_SMS_SNS_KEY_ID=AKIA", "ENROLL_SMS_SNS_SECRET_KEY=s", "ENROLL_SMS_SNS_REGION=eu-central-1"}
	vonage := []string{"ENROLL_SMS_VONAGE_APPLICATION_ID=a", "ENROLL_SMS_VONAGE_KEY=k", "ENROLL_SMS_VONAGE_FROM=x"}
	all = append(append(all, sns...), vonage...)
	for i := range all {
		environ := append(slices.Delete(slices.Clone(all), i, i+1), "ENROLL_SMS=aliyun,sns,tencent,twilio,vonage")
		name, _, _ := strings.Cut(all[i], "=")
		if _, err := Read(false, environ); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	for _, provider := range []string{"ALIYUN", "TENCENT"} {
		environ := append(slices.Clone(both), "ENROLL_SMS=aliyun,tencent", "ENROLL_SMS_"+provider+"_TEMPLATE_ABROAD=2")
		notice := "ENROLL_SMS_" + provider + "_NOTICE_TEMPLATE_ABROAD"
		if _, err := Read(false, environ); err == nil || !strings.Contains(err.Error(), notice) {
			t.Errorf("without %s: %v", notice, err)
		}
		if _, err := Read(false, append(environ, notice+"=4")); err != nil {
			t.Error(err)
		}
	}
	for environ, want := range map[string]string{
		"ENROLL_SMS_ALIYUN_KEY_ID=LTAI":                "ENROLL_SMS_ALIYUN_KEY_ID is set, but ENROLL_SMS is not aliyun",
		"ENROLL_SMS_SNS_KEY_ID=AKIA":                   "ENROLL_SMS_SNS_KEY_ID is set, but ENROLL_SMS is not sns",
		"ENROLL_SMS_TENCENT_SECRET_ID=AKID":            "ENROLL_SMS_TENCENT_SECRET_ID is set, but ENROLL_SMS is not",
		"ENROLL_SMS_TWILIO_ACCOUNT_SID=AC1":            "ENROLL_SMS_TWILIO_ACCOUNT_SID is set, but ENROLL_SMS is not",
		"ENROLL_SMS_VONAGE_APPLICATION_ID=a":           "ENROLL_SMS_VONAGE_APPLICATION_ID is set, but",
		"ENROLL_SMS_BUDGET=5/1h":                       "ENROLL_SMS_BUDGET needs ENROLL_SMS_PRICES",
		"ENROLL_SMS_BUDGET=5":                          "ENROLL_SMS_BUDGET must be amounts and windows of 1h to 31d",
		"ENROLL_SMS_PRICES=prices.txt":                 "ENROLL_SMS_PRICES is set, but ENROLL_SMS is not",
		"ENROLL_SMS=carrier-pigeon":                    "of aliyun, sns, tencent, twilio, vonage, webhook and log",
		"ENROLL_SMS=aliyun,log ENROLL_SMS_ALIYUN_SIGN": "ENROLL_SMS must be of",
	} {
		if _, err := Read(false, []string{environ}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", environ, err)
		}
	}
}

// TestVoiceSettings: calls need SMS, the settings of their senders, and a sender that makes calls.
func TestVoiceSettings(t *testing.T) {
	t.Parallel()
	hook := "ENROLL_SMS=webhook ENROLL_SMS_WEBHOOK_URL=https://a.example ENROLL_SMS_WEBHOOK_SECRET=whsec_" +
		strings.Repeat("A", 32) + " "
	aliyun := hook + "ENROLL_SMS_ALIYUN_KEY_ID=LTAI ENROLL_SMS_ALIYUN_KEY_SECRET=s "
	tencent := hook + "ENROLL_SMS_TENCENT_SECRET_ID=AKID ENROLL_SMS_TENCENT_SECRET_KEY=s ENROLL_VOICE_TENCENT_APP_ID=1 "
	twilio := hook + "ENROLL_SMS_TWILIO_ACCOUNT_SID=AC1 ENROLL_SMS_TWILIO_SECRET=s ENROLL_SMS_NAME=Shop "
	for environ, want := range map[string]string{
		"ENROLL_VOICE=webhook":                         "ENROLL_VOICE needs ENROLL_SMS",
		hook + "ENROLL_VOICE=sns":                      "ENROLL_VOICE must be of aliyun, tencent, twilio, vonage, webhook",
		hook + "ENROLL_VOICE=webhook,webhook":          "ENROLL_VOICE must be of",
		hook + "ENROLL_VOICE=log":                      "writes codes to the log",
		hook + "ENROLL_VOICE=twilio":                   "ENROLL_VOICE=twilio needs ENROLL_SMS_TWILIO_ACCOUNT_SID",
		twilio + "ENROLL_VOICE=twilio":                 "ENROLL_VOICE=twilio needs ENROLL_VOICE_TWILIO_FROM",
		twilio:                                         "ENROLL_SMS_TWILIO_ACCOUNT_SID is set, but ENROLL_SMS is not twilio",
		hook + "ENROLL_VOICE_TWILIO_FROM=+15005550006": "ENROLL_VOICE_TWILIO_FROM is set, but ENROLL_VOICE is not twilio",
		hook + "ENROLL_VOICE_ALIYUN_TEMPLATE=TTS_1":    "ENROLL_VOICE_ALIYUN_TEMPLATE is set, but ENROLL_VOICE is not aliyun",
		hook + "ENROLL_VOICE_TENCENT_TEMPLATE=1":       "ENROLL_VOICE_TENCENT_TEMPLATE is set, but ENROLL_VOICE is not",
		hook + "ENROLL_VOICE_VONAGE_FROM=+15005550006": "ENROLL_VOICE_VONAGE_FROM is set, but ENROLL_VOICE is not vonage",
		hook + "ENROLL_VOICE=vonage":                   "ENROLL_VOICE=vonage needs ENROLL_SMS_VONAGE_APPLICATION_ID",
		hook + "ENROLL_SMS_VONAGE_APPLICATION_ID=a ENROLL_SMS_VONAGE_KEY=k ENROLL_SMS_NAME=Shop ENROLL_VOICE=vonage": "" +
			"ENROLL_VOICE=vonage needs ENROLL_VOICE_VONAGE_FROM",
		hook + "ENROLL_VOICE=CN=aliyun":     "ENROLL_VOICE=aliyun needs ENROLL_SMS_ALIYUN_KEY_ID",
		hook + "ENROLL_VOICE=CN=tencent":    "ENROLL_VOICE=tencent needs ENROLL_SMS_TENCENT_SECRET_ID",
		aliyun + "ENROLL_VOICE=CN=aliyun":   "ENROLL_VOICE=aliyun needs ENROLL_VOICE_ALIYUN_TEMPLATE",
		tencent + "ENROLL_VOICE=CN=tencent": "ENROLL_VOICE=tencent needs ENROLL_VOICE_TENCENT_TEMPLATE",
		aliyun + "ENROLL_VOICE_ALIYUN_TEMPLATE=TTS_1 ENROLL_VOICE=aliyun": "aliyun calls phones of mainland China only: " +
			"write CN=aliyun",
		tencent + "ENROLL_VOICE_TENCENT_TEMPLATE=1 ENROLL_VOICE=CN=webhook,HK=tencent":    "write CN=tencent",
		hook + "ENROLL_VOICE=CN=webhook":                                                  "",
		twilio + "ENROLL_VOICE=CN=webhook,*=twilio ENROLL_VOICE_TWILIO_FROM=+15005550006": "",
	} {
		c, err := Read(false, strings.Fields(environ))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", environ, err)
		}
		if want == "" && (len(c.Voice.For("CN")) != 1 || c.Voice.For("CN")[0] != "webhook") {
			t.Errorf("%s: %v", environ, c.Voice)
		}
	}
}

// TestSendersOfACountry: a country with senders of its own has no others.
func TestSendersOfACountry(t *testing.T) {
	t.Parallel()
	routes := SMSRoutes{{"CN", "aliyun"}, {"CN", "tencent"}, {"", "twilio"}, {"DE", "twilio"}, {"", "webhook"}}
	for country, want := range map[string][]string{
		"CN": {"aliyun", "tencent"}, "DE": {"twilio"}, "FR": {"twilio", "webhook"}, "": {"twilio", "webhook"},
	} {
		if got := routes.For(country); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", country, got, want)
		}
	}
	if got := (SMSRoutes{{"CN", "aliyun"}}).For("DE"); got != nil {
		t.Errorf("a country without a sender has %v", got)
	}
}

// TestServedCountriesHaveASender: a country whose phones may register has a sender that can send to it. All countries
// need one for those that are not named.
func TestServedCountriesHaveASender(t *testing.T) {
	t.Parallel()
	const webhook = "ENROLL_SMS_WEBHOOK_URL=https://a.example/ ENROLL_SMS_WEBHOOK_SECRET=s "
	const aliyun = "ENROLL_SMS_ALIYUN_KEY_ID=LTAI ENROLL_SMS_ALIYUN_KEY_SECRET=s ENROLL_SMS_ALIYUN_SIGN=x " +
		"ENROLL_SMS_ALIYUN_TEMPLATE=SMS_1 ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE=SMS_3 "
	const abroad = "ENROLL_SMS_ALIYUN_TEMPLATE_ABROAD=SMS_2 ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE_ABROAD=SMS_4 "
	for environ, want := range map[string]string{
		webhook + "ENROLL_SMS=webhook":                                             "",
		webhook + "ENROLL_SMS=webhook ENROLL_PHONE_COUNTRIES=*":                    "",
		webhook + "ENROLL_SMS=CN=webhook":                                          "",
		webhook + "ENROLL_SMS=CN=webhook ENROLL_PHONE_COUNTRIES=CN,DE":             "phones of DE,",
		webhook + "ENROLL_SMS=CN=webhook,DE=webhook ENROLL_PHONE_COUNTRIES=CN,DE":  "",
		webhook + "ENROLL_SMS=CN=webhook ENROLL_PHONE_COUNTRIES=*":                 "phones of all countries,",
		webhook + "ENROLL_SMS=CN=webhook ENROLL_PHONE_REGION=DE":                   "phones of DE,",
		aliyun + "ENROLL_SMS=aliyun":                                               "",
		aliyun + "ENROLL_SMS=aliyun ENROLL_PHONE_COUNTRIES=CN,HK":                  "phones of HK,",
		aliyun + "ENROLL_SMS=aliyun ENROLL_PHONE_COUNTRIES=*":                      "phones of all countries,",
		aliyun + abroad + "ENROLL_SMS=aliyun ENROLL_PHONE_COUNTRIES=CN,HK":         "",
		aliyun + "ENROLL_SMS=aliyun ENROLL_PHONE_COUNTRIES=HK ENROLL_TEMPLATES=t":  "",
		aliyun + webhook + "ENROLL_SMS=aliyun,webhook ENROLL_PHONE_COUNTRIES=HK":   "",
		aliyun + webhook + "ENROLL_SMS=CN=webhook,aliyun ENROLL_PHONE_REGION=HK":   "phones of HK,",
		aliyun + webhook + "ENROLL_SMS=HK=aliyun,webhook ENROLL_PHONE_COUNTRIES=*": "",
	} {
		_, err := Read(false, strings.Fields(environ))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v does not say %q", environ, err, want)
		}
	}
	if _, err := Read(true, strings.Fields(webhook+"ENROLL_SMS=CN=webhook")); err != nil {
		t.Errorf("--dev: %v", err)
	}
}

// TestAutofillSettings: a host or a hash that no phone would match is refused at the start.
func TestAutofillSettings(t *testing.T) {
	t.Parallel()
	for name, values := range map[string]map[string]bool{
		"ENROLL_SMS_AUTOFILL_HOST": {"example.com": true, "a-b.account.example.com": true, "xn--fiq228c.example": true,
			"https://example.com": false, "example.com:443": false, "example.com/": false, "Example.com": false,
			"@example.com": false, "localhost": false,
			"example..com": false, "-a.example.com": false, "example.com ": false, "例.example": false,
			"10.0.0.1": false, "a\n.example.com": false},
		"ENROLL_SMS_ANDROID_HASH": {"FA+9qCX9VSu": true, "AAAAAAAAAA/": true, "FA+9qCX9VS": false, "FA+9qCX9VSuu": false,
			"FA+9qCX9VS ": false, "FA+9qCX9VS=": false},
	} {
		for value, ok := range values {
			_, err := Read(false, []string{name + "=" + value})
			if (err == nil) != ok || !ok && (!strings.Contains(err.Error(), name) || strings.Contains(err.Error(), value)) {
				t.Errorf("%s=%q: %v", name, value, err)
			}
		}
	}
}
