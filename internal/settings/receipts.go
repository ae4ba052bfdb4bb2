package settings

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// pathSecret is the form of the end of a path that is a secret: 32 characters of base64 for URLs have 192 bits.
var pathSecret = regexp.MustCompile(`^[A-Za-z0-9_-]{32,200}$`)

// minSignature is the least length of the secret of signatures of Vonage. Vonage recommends 32 bits, which can be found
// by trial from one recorded request.
const minSignature = 16

// TwilioToken returns the auth token by which Twilio signs receipts, or "" if none is set. By the secret of an API key
// Twilio signs nothing.
func (c Config) TwilioToken() string {
	// The secret of the messages is the auth token only if there is no key.
	if c.TwilioKey != "" {
		return c.TwilioReceipts
	}
	return cmp.Or(c.TwilioReceipts, c.TwilioSecret)
}

// A sender is named in ENROLL_RECEIPTS, and not only by its secret, for two reasons: the webhook and Twilio have theirs
// already, and an operator has to open the path to the world first.

// checkReceipts returns the errors of the settings of delivery receipts. A secret without its sender in ENROLL_RECEIPTS
// is an error, because it shows that the operator expects receipts.
func (c Config) checkReceipts() (errs []error) {
	// All errors are returned at once, as for the senders.
	refuse := func(when bool, format string, args ...any) {
		if when {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	// The webhook has no secret of its own: its receipts are signed by ENROLL_SMS_WEBHOOK_SECRET.
	secrets := map[string]string{
		"twilio": c.TwilioReceipts, "vonage": c.VonageReceipts, "aliyun": c.AliyunReceipts, "tencent": c.TencentReceipts,
	}
	// The order is that of the errors. Other names of senders have no receipts: log sends nothing.
	names := []string{"aliyun", "tencent", "twilio", "vonage", "webhook"}
	// sns has an error of its own, because operators would look for the receipts of a sender that is in ENROLL_SMS.
	for i, name := range c.Receipts {
		switch {
		case name == "sns":
			errs = append(errs, errors.New("ENROLL_RECEIPTS cannot have sns: Amazon SNS writes receipts to CloudWatch Logs and "+
				"sends none by HTTP"))
		case !slices.Contains(names, name) || slices.Contains(c.Receipts[:i], name):
			errs = append(errs, errors.New("ENROLL_RECEIPTS must be of aliyun, tencent, twilio, vonage and webhook, "+
				"comma-separated, each once"))
		default:
			refuse(!c.SMS.has(name), "ENROLL_RECEIPTS has %s, but ENROLL_SMS has not", name)
		}
	}
	// A secret alone is a mistake: ENROLL_RECEIPTS was forgotten, or the sender was replaced by another one.
	for _, name := range names {
		setting := "ENROLL_RECEIPTS_" + strings.ToUpper(name) + "_SECRET"
		refuse(secrets[name] != "" && !slices.Contains(c.Receipts, name), "%s is set, but ENROLL_RECEIPTS has not %s",
			setting, name)
	}
	// The address may be any, unlike that of the admin API: each request must be signed, and providers are elsewhere.
	refuse((c.ReceiptsAddr == "") != (len(c.Receipts) == 0), "ENROLL_RECEIPTS_ADDR and ENROLL_RECEIPTS need each other")
	return append(errs, c.checkReceiptSecrets()...)
}

// checkReceiptSecrets returns the errors of what each sender of ENROLL_RECEIPTS needs. No error quotes a secret.
func (c Config) checkReceiptSecrets() (errs []error) {
	// A secret that is missing here would refuse each receipt, and nothing but a metric would show that.
	for _, name := range c.Receipts {
		switch name {
		case "twilio":
			// The URL is set and not read from requests: Twilio signs the one that it was asked to call.
			if c.TwilioToken() == "" { // check: receipts-token
				errs = append(errs, errors.New("ENROLL_RECEIPTS=twilio with ENROLL_SMS_TWILIO_KEY_SID needs "+
					"ENROLL_RECEIPTS_TWILIO_SECRET: Twilio signs by the auth token of the account, not by an API key"))
			}
			if !isReceiptsURL(c.ReceiptsURL) { // check: receipts-url
				errs = append(errs, errors.New("ENROLL_RECEIPTS=twilio needs ENROLL_RECEIPTS_URL: https:// and a host without "+
					"port, such as https://receipts.example.com, and a path if there is one"))
			}
		case "vonage":
			// The private key of the application signs what is sent, and this secret what comes back.
			if len(c.VonageReceipts) < minSignature {
				errs = append(errs, fmt.Errorf("ENROLL_RECEIPTS=vonage needs ENROLL_RECEIPTS_VONAGE_SECRET, of %d characters "+
					"or more", minSignature))
			}
		case "aliyun", "tencent":
			// The secret is a part of a URL, so its characters need no escape. A short one could be guessed.
			secret := c.AliyunReceipts
			if name == "tencent" {
				secret = c.TencentReceipts
			}
			if !pathSecret.MatchString(secret) { // check: receipts-secret
				errs = append(errs, fmt.Errorf("ENROLL_RECEIPTS=%s needs ENROLL_RECEIPTS_%s_SECRET: 32 to 200 letters, digits, "+
					"- and _", name, strings.ToUpper(name)))
			}
		}
	}
	return errs
}

// isReceiptsURL reports whether the path of a sender can be appended to text. Twilio leaves the port out of some URLs
// that it signs, so a port is refused.
func isReceiptsURL(text string) bool {
	// Twilio calls no URL whose certificate it cannot verify, and a signature over http would protect no phone.
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.Port() == "" && u.User == nil &&
		!strings.ContainsAny(text, "?#") && !strings.HasSuffix(text, "/")
}
