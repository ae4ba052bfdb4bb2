package settings

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/price"
)

// SMSRoute is a sender of SMS and the country whose phones it is for, as an ISO 3166-1 code. If Country is
// empty, the sender is for all countries without a sender of their own.
type SMSRoute struct{ Country, Sender string }

// SMSRoutes are the senders of SMS, in the order in which they are tried. The order is the operator's
// choice by price and quality; Enroll changes it only while a sender has an outage.
type SMSRoutes []SMSRoute

// UnmarshalText reads senders as aliyun,tencent or as CN=aliyun,*=webhook. It refuses texts whose meaning
// is not clear: a sender that is listed twice for one country, and countries in lower case, because that
// is the form of codes of languages.
func (r *SMSRoutes) UnmarshalText(text []byte) error {
	return r.read(string(text), SMSSenders())
}

// VoiceRoutes are the senders of calls that speak a code, in the form of SMSRoutes.
type VoiceRoutes SMSRoutes

// UnmarshalText reads senders as SMSRoutes does, and refuses those that make no calls.
func (v *VoiceRoutes) UnmarshalText(text []byte) error {
	return (*SMSRoutes)(v).read(string(text), VoiceSenders())
}

// For returns the senders that may call the phones of a country, as SMSRoutes.For does.
func (v VoiceRoutes) For(country string) []string { return SMSRoutes(v).For(country) }

// read reads routes to the senders with these names.
func (r *SMSRoutes) read(text string, senders []string) error {
	*r = nil
	if text == "" {
		return nil
	}
	for one := range strings.SplitSeq(text, ",") {
		country, sender, ok := strings.Cut(one, "=")
		switch {
		case !ok:
			country, sender = "", one
		case country == "*":
			country = ""
		case !isCountry(country):
			return errors.New("no country")
		}
		// The sender log is for development, and may stand beside others there: a country can be tried with a
		// real provider while codes for the others are read in the log.
		route := SMSRoute{country, sender}
		if !slices.Contains(senders, sender) || slices.Contains(*r, route) {
			return errors.New("no sender of SMS, or one twice")
		}
		*r = append(*r, route)
	}
	return nil
}

// SMSSenders returns the names of all senders: those of ENROLL_SMS and of the table of prices. They are also labels of
// metrics, so a name is never changed.
func SMSSenders() []string {
	return []string{"aliyun", "sns", "tencent", "twilio", "vonage", "webhook", "log"}
}

// VoiceSenders returns the names of the senders that can call a phone and speak a code. Amazon SNS is not among them,
// because it sends messages only. With "-voice" a name is also a label of metrics, so it is never changed.
func VoiceSenders() []string {
	return []string{"aliyun", "tencent", "twilio", "vonage", "webhook", "log"}
}

// PricedSenders returns the names that lines of the table of prices may have: those of the senders, and those of their
// calls.
func PricedSenders() []string {
	names := SMSSenders()
	for _, sender := range VoiceSenders() {
		names = append(names, price.Call(sender))
	}
	return names
}

// For returns the senders that may send to the phones of a country, in their order: those of the country, or else
// those without a country.
func (r SMSRoutes) For(country string) (senders []string) {
	// This is the rule of sms.Router, which chooses among the senders that were made. Prices are needed before that.
	for _, of := range []string{country, ""} {
		for _, one := range r {
			if one.Country == of && !slices.Contains(senders, one.Sender) {
				senders = append(senders, one.Sender)
			}
		}
		if len(senders) > 0 {
			break
		}
	}
	return senders
}

// SMSBudget is the most that SMS may cost, within one window or within several.
type SMSBudget []price.Budget

// UnmarshalText reads budgets as 50.00/1d,5.00/1h.
func (b *SMSBudget) UnmarshalText(text []byte) (err error) {
	*b = nil
	// An empty text is an unset variable and no bound, as for the other settings.
	if len(text) > 0 {
		*b, err = price.ParseBudgets(string(text))
	}
	return err
}

// isCountry reports whether text has the form of an ISO 3166-1 code. It does not check that the country
// exists: the list of countries changes, and a route for an unknown country is never used.
func isCountry(text string) bool {
	return len(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z'
}

// has reports whether a sender is among the routes, for any country. A sender for one country needs
// the same settings as one for all.
func (r SMSRoutes) has(sender string) bool {
	return slices.ContainsFunc(r, func(one SMSRoute) bool { return one.Sender == sender })
}

// The forms of the host and of the hash in messages with codes. The hash is the beginning of a digest in base64. A host
// without a dot is a name in a private network, for which no browser offers a code.
var (
	hostForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	hashForm = regexp.MustCompile(`^[A-Za-z0-9+/]{11}$`)
)

// checkSMS returns the errors of the senders' settings: what a sender in use lacks, and a sender that is
// set up but not in ENROLL_SMS.
// All are reported at once, at the start. Otherwise a sender that lacks a setting would fail only when
// the first person waits for a code.
func (c Config) checkSMS() []error {
	var errs []error
	refuse := func(when bool, format string, args ...any) {
		if when {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	// A code is a credential, and log files are copied to many systems.
	refuse((c.SMS.has("log") || c.calls("log")) && !c.Dev, // check: sms-log
		"ENROLL_SMS=log writes codes to the log, where every reader of the log can use them: set ENROLL_SMS=webhook, or "+
			"leave it unset, or serve with --dev")
	refuse(len(c.SMSBudget) > 0 && c.SMSPrices == "", // check: budget-without-prices
		"ENROLL_SMS_BUDGET needs ENROLL_SMS_PRICES: without prices nothing would be counted")
	refuse(c.SMSPrices != "" && len(c.SMS) == 0, "ENROLL_SMS_PRICES is set, but ENROLL_SMS is not")
	// The first setting of each sender is the one by which a forgotten ENROLL_SMS is noticed.
	for _, sender := range []struct {
		name  string
		needs [][2]string // name and value
	}{
		{"webhook", [][2]string{
			{"ENROLL_SMS_WEBHOOK_URL", c.SMSWebhookURL},
			{"ENROLL_SMS_WEBHOOK_SECRET (whsec_…)", c.SMSWebhookSecret},
		}},
		{"aliyun", [][2]string{
			{"ENROLL_SMS_ALIYUN_KEY_ID", c.AliyunKeyID},
			{"ENROLL_SMS_ALIYUN_KEY_SECRET", c.AliyunKeySecret},
			{"ENROLL_SMS_ALIYUN_SIGN", c.AliyunSign},
			{"ENROLL_SMS_ALIYUN_TEMPLATE", c.AliyunTemplate},
			{"ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE", c.AliyunNotice},
		}},
		{"tencent", [][2]string{
			{"ENROLL_SMS_TENCENT_SECRET_ID", c.TencentID},
			{"ENROLL_SMS_TENCENT_SECRET_KEY", c.TencentKey},
			{"ENROLL_SMS_TENCENT_APP_ID", c.TencentApp},
			{"ENROLL_SMS_TENCENT_SIGN", c.TencentSign},
			{"ENROLL_SMS_TENCENT_TEMPLATE", c.TencentTemplate},
			{"ENROLL_SMS_TENCENT_NOTICE_TEMPLATE", c.TencentNotice},
		}},
		{"sns", [][2]string{
			{"ENROLL_SMS_SNS_KEY_ID", c.SNSKeyID},
			{"ENROLL_SMS_SNS_SECRET_KEY", c.SNSSecretKey},
			{"ENROLL_SMS_SNS_REGION", c.SNSRegion},
			{"ENROLL_SMS_NAME", c.SMSName},
		}},
		{"twilio", [][2]string{
			{"ENROLL_SMS_TWILIO_ACCOUNT_SID", c.TwilioAccount},
			{"ENROLL_SMS_TWILIO_SECRET", c.TwilioSecret},
			{"ENROLL_SMS_TWILIO_FROM", c.TwilioFrom},
			{"ENROLL_SMS_NAME", c.SMSName},
		}},
		{"vonage", [][2]string{
			{"ENROLL_SMS_VONAGE_APPLICATION_ID", c.VonageApplication},
			{"ENROLL_SMS_VONAGE_KEY", c.VonageKey},
			{"ENROLL_SMS_VONAGE_FROM", c.VonageFrom},
			{"ENROLL_SMS_NAME", c.SMSName},
		}},
	} {
		// The other settings of a sender that is not used are not errors: an operator may prepare a change of
		// provider in one step and make it in another.
		for i, need := range sender.needs {
			byRole := sender.name == "sns" && c.byRole(c.SNSKeyID, need[0])
			refuse(c.SMS.has(sender.name) && need[1] == "" && !byRole, "ENROLL_SMS=%s needs %s", sender.name, need[0])
			// Without this error, a deployment that lacks ENROLL_SMS by mistake would refuse all phones.
			// A sender of calls only uses the account, too.
			refuse(i == 0 && !c.SMS.has(sender.name) && !c.calls(sender.name) && need[1] != "",
				"%s is set, but ENROLL_SMS is not %s", need[0], sender.name)
		}
	}
	// A phone that receives codes can be replaced in its account, and must then receive the notice of that.
	for _, abroad := range []struct{ sender, codes, notices, name string }{
		{"aliyun", c.AliyunAbroad, c.AliyunNoticeAway, "ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE_ABROAD"},
		{"tencent", c.TencentAbroad, c.TencentNoticeAway, "ENROLL_SMS_TENCENT_NOTICE_TEMPLATE_ABROAD"},
	} {
		refuse(c.SMS.has(abroad.sender) && abroad.codes != "" && abroad.notices == "", // check: sms-notice-abroad
			"ENROLL_SMS=%s with a template for codes abroad needs %s", abroad.sender, abroad.name)
	}
	return slices.Concat(errs, c.checkServed(), c.checkVoice(), c.checkAutofill(), c.checkReceipts())
}

// calls reports whether a sender is among those of calls.
func (c Config) calls(sender string) bool { return SMSRoutes(c.Voice).has(sender) }

// checkVoice returns the errors of the settings of calls. A sender of calls uses the account that its SMS use, also if
// it sends none.
func (c Config) checkVoice() (errs []error) {
	// A call comes only after an SMS.
	if len(c.Voice) > 0 && len(c.SMS) == 0 { // check: voice-needs-sms
		errs = append(errs, errors.New("ENROLL_VOICE needs ENROLL_SMS: a call comes after an SMS that did not arrive"))
	}
	// What the senders need for SMS besides, such as Twilio's sender of messages, a call does not use. A number that is
	// not set for aliyun is no error: for a template of the shared mode, Alibaba Cloud chooses it.
	for _, need := range [][3]string{ // sender, name and value
		{"webhook", "ENROLL_SMS_WEBHOOK_URL", c.SMSWebhookURL},
		{"webhook", "ENROLL_SMS_WEBHOOK_SECRET (whsec_…)", c.SMSWebhookSecret},
		{"aliyun", "ENROLL_SMS_ALIYUN_KEY_ID", c.AliyunKeyID},
		{"aliyun", "ENROLL_SMS_ALIYUN_KEY_SECRET", c.AliyunKeySecret},
		{"aliyun", "ENROLL_VOICE_ALIYUN_TEMPLATE", c.AliyunVoice},
		{"tencent", "ENROLL_SMS_TENCENT_SECRET_ID", c.TencentID},
		{"tencent", "ENROLL_SMS_TENCENT_SECRET_KEY", c.TencentKey},
		{"tencent", "ENROLL_VOICE_TENCENT_APP_ID", c.TencentVoiceApp},
		{"tencent", "ENROLL_VOICE_TENCENT_TEMPLATE", c.TencentVoice},
		{"twilio", "ENROLL_SMS_TWILIO_ACCOUNT_SID", c.TwilioAccount},
		{"twilio", "ENROLL_SMS_TWILIO_SECRET", c.TwilioSecret},
		{"twilio", "ENROLL_VOICE_TWILIO_FROM", c.TwilioVoiceFrom},
		{"twilio", "ENROLL_SMS_NAME", c.SMSName},
		{"vonage", "ENROLL_SMS_VONAGE_APPLICATION_ID", c.VonageApplication},
		{"vonage", "ENROLL_SMS_VONAGE_KEY", c.VonageKey},
		{"vonage", "ENROLL_VOICE_VONAGE_FROM", c.VonageVoiceFrom},
		{"vonage", "ENROLL_SMS_NAME", c.SMSName},
	} {
		if c.calls(need[0]) && need[2] == "" {
			errs = append(errs, fmt.Errorf("ENROLL_VOICE=%s needs %s", need[0], need[1]))
		}
	}
	// Otherwise a deployment that lacks ENROLL_VOICE by mistake would make no calls, and nothing would say so.
	// One setting of each sender is enough for that. It is one that the sender needs, and that SMS do not use. The webhook
	// has none: its URL is that of SMS, so an operator that leaves out ENROLL_VOICE=webhook is not told.
	for _, first := range [][3]string{ // sender, name and value
		{"twilio", "ENROLL_VOICE_TWILIO_FROM", c.TwilioVoiceFrom},
		{"aliyun", "ENROLL_VOICE_ALIYUN_TEMPLATE", c.AliyunVoice},
		{"tencent", "ENROLL_VOICE_TENCENT_TEMPLATE", c.TencentVoice},
		{"vonage", "ENROLL_VOICE_VONAGE_FROM", c.VonageVoiceFrom},
	} {
		if first[2] != "" && !c.calls(first[0]) {
			errs = append(errs, fmt.Errorf("%s is set, but ENROLL_VOICE is not %s", first[1], first[0]))
		}
	}
	// A route for another country would offer calls that no person gets. It is refused, too, if ENROLL_PHONE_COUNTRIES has
	// no other country: holders of older phones abroad may still log in. Without this error they would be offered a call,
	// and each request for it would end with call_failed.
	for _, one := range c.Voice {
		mainland := one.Sender == "aliyun" || one.Sender == "tencent"
		if mainland && one.Country != "CN" { // check: voice-mainland
			errs = append(errs, fmt.Errorf("ENROLL_VOICE: %s calls phones of mainland China only: write CN=%s", one.Sender,
				one.Sender))
		}
	}
	return errs
}

// checkServed returns an error for each country whose phones may register although no sender sends to them. The error
// is at the start, because at run time it would look like a provider's refusal of single messages.
func (c Config) checkServed() (errs []error) {
	for _, country := range c.unserved() { // check: sms-served
		errs = append(errs, fmt.Errorf("ENROLL_SMS has no sender for phones of %s, which ENROLL_PHONE_COUNTRIES serves: "+
			"add a sender, or name the countries to serve", cmp.Or(country, "all countries")))
	}
	return errs
}

// unserved returns the countries whose phones may register although no sender sends to them, "" for those that
// ENROLL_SMS does not name. Their people would fill in a form that no code ever comes for.
func (c Config) unserved() (countries []string) {
	// --dev serves all countries by default, and is often set up with a sender for one of them.
	if c.Dev || len(c.SMS) == 0 {
		return nil
	}
	served := c.ServedCountries()
	// If all countries are served, most of them have no route of their own, and need one without a country. The codes
	// of all countries are not listed here, because later numbering plans have others.
	if served == nil {
		served = []string{""}
	}
	for _, country := range served {
		if !slices.ContainsFunc(c.SMS.For(country), func(sender string) bool { return c.sendsTo(sender, country) }) {
			countries = append(countries, country)
		}
	}
	return countries
}

// sendsTo reports whether a sender may have a template for codes to a country. Senders of texts have none.
func (c Config) sendsTo(sender, country string) bool {
	// The folder of templates may have one for phones abroad. It is read later.
	if country == "CN" || c.Templates != "" {
		return true
	}
	return (sender != "aliyun" || c.AliyunAbroad != "") && (sender != "tencent" || c.TencentAbroad != "")
}

// NoticesAbroad returns the senders that have a template for notices to phones abroad. Templates by language may send
// codes there, too.
func (c Config) NoticesAbroad() (senders []string) {
	if c.AliyunNoticeAway != "" {
		senders = append(senders, "aliyun")
	}
	if c.TencentNoticeAway != "" {
		senders = append(senders, "tencent")
	}
	return senders
}

// checkAutofill returns the errors of the lines by which phones type a code. A host with a scheme, a port or a path
// would match no page, and no message would show that.
func (c Config) checkAutofill() (errs []error) {
	if c.SMSHost != "" && !hostForm.MatchString(c.SMSHost) { // check: sms-host-form
		errs = append(errs, errors.New("ENROLL_SMS_AUTOFILL_HOST must be a host such as account.example.com, in lower case "+
			"and without https:// and port"))
	}
	if c.SMSAppHash != "" && !hashForm.MatchString(c.SMSAppHash) { // check: sms-hash-form
		errs = append(errs, errors.New("ENROLL_SMS_ANDROID_HASH must be the 11 characters of an app, of letters, digits, + "+
			"and /"))
	}
	return errs
}
