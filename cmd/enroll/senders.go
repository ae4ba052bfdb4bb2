package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/sms"
)

// smsRoute is a sender of SMS and the country whose phones it is for, as an ISO 3166-1 code; empty for
// those of all countries without a sender of their own.
type smsRoute struct{ country, sender string }

// smsRoutes are the senders of SMS, in the order in which they are tried. The order is the operator's
// choice by price and quality; Enroll changes it only while a sender is away.
type smsRoutes []smsRoute

// UnmarshalText reads senders as aliyun,tencent or as CN=aliyun,*=webhook. It refuses what could be meant
// in two ways: a sender twice for one country, of which the second would never be asked, and countries in
// lower case, which elsewhere are languages.
func (r *smsRoutes) UnmarshalText(text []byte) error {
	*r = nil
	if len(text) == 0 {
		return nil
	}
	for one := range strings.SplitSeq(string(text), ",") {
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
		route := smsRoute{country, sender}
		if !slices.Contains([]string{"aliyun", "tencent", "webhook", "log"}, sender) || slices.Contains(*r, route) {
			return errors.New("no sender of SMS, or one twice")
		}
		*r = append(*r, route)
	}
	return nil
}

// isCountry reports whether text has the form of an ISO 3166-1 code. Whether there is such a country is
// not checked: a route of none is never used, and the list of countries changes.
func isCountry(text string) bool {
	return len(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z'
}

// has reports whether a sender is among them, for any country. A sender for one country needs the same
// settings as one for all.
func (r smsRoutes) has(sender string) bool {
	return slices.ContainsFunc(r, func(one smsRoute) bool { return one.sender == sender })
}

// checkSMS returns the errors of the senders' settings: what one needs, and what is set without effect.
// All are reported at once, and at the start: a sender that lacks a setting would otherwise fail for the
// first person that waits for a code.
func (c config) checkSMS() []error {
	var errs []error
	refuse := func(when bool, format string, args ...any) {
		if when {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	// A code in a log is a credential in a log: log files are copied to many systems.
	refuse(c.SMS.has("log") && !c.dev, // check: sms-log
		"ENROLL_SMS=log writes codes to the log, where every reader of the log can use them: set ENROLL_SMS=webhook, or "+
			"leave it unset, or serve with --dev")
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
		}},
		{"tencent", [][2]string{
			{"ENROLL_SMS_TENCENT_SECRET_ID", c.TencentID},
			{"ENROLL_SMS_TENCENT_SECRET_KEY", c.TencentKey},
			{"ENROLL_SMS_TENCENT_APP_ID", c.TencentApp},
			{"ENROLL_SMS_TENCENT_SIGN", c.TencentSign},
			{"ENROLL_SMS_TENCENT_TEMPLATE", c.TencentTemplate},
		}},
	} {
		// The other settings of a sender that is not used are no error: an operator may prepare a change of
		// provider in one step and make it in another.
		for i, need := range sender.needs {
			refuse(c.SMS.has(sender.name) && need[1] == "", "ENROLL_SMS=%s needs %s", sender.name, need[0])
			// Without this a deployment that forgot ENROLL_SMS would refuse all phones.
			refuse(i == 0 && !c.SMS.has(sender.name) && need[1] != "", "%s is set, but ENROLL_SMS is not %s",
				need[0], sender.name)
		}
	}
	return errs
}

// newSender returns nil if no sender of SMS is set. Requests that need a code are then refused as not
// offered, and no check is skipped. Also a single sender is behind a router, for its metric.
func (c config) newSender(log *slog.Logger, registry prometheus.Registerer) (sms.Sender, error) {
	if len(c.SMS) == 0 {
		return nil, nil
	}
	// One sender for all its countries, so that they share its connections. It makes none before the first
	// message: an outage of a provider does not keep the service from starting.
	made := map[string]sms.Sender{}
	// In the order of the setting, in which the router tries them. It looks only for those of the phone's
	// country, so that one list serves all.
	var routes []sms.Route
	for _, one := range c.SMS {
		if made[one.sender] == nil {
			sender, err := c.newSenderOf(one.sender, log)
			if err != nil {
				return nil, err
			}
			made[one.sender] = sender
		}
		routes = append(routes, sms.Route{Name: one.sender, Country: one.country, Sender: made[one.sender]})
	}
	return sms.NewRouter(sms.RouterConfig{Routes: routes, Now: time.Now, Metrics: registry})
}

// newSenderOf returns the sender with a name of ENROLL_SMS. Its errors name the setting and hold no secret:
// those of package sms have none. checkSMS has found all that is missing, so what is left is the form of
// an address or of a secret.
func (c config) newSenderOf(name string, log *slog.Logger) (sender sms.Sender, err error) {
	// Each has the clock of the process. Providers refuse a signature whose time is minutes off, so a
	// wrong clock stops all messages.
	// The names are those that smsRoutes.UnmarshalText accepts.
	switch name {
	case "webhook":
		// The receiver is the operator's own program, so its URL may be on this machine.
		sender, err = sms.NewWebhook(sms.WebhookConfig{
			URL: c.SMSWebhookURL, Secret: c.SMSWebhookSecret, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_SMS_WEBHOOK_URL, ENROLL_SMS_WEBHOOK_SECRET: %w", err)
		}
	case "aliyun":
		sender, err = sms.NewAliyun(sms.AliyunConfig{
			KeyID: c.AliyunKeyID, KeySecret: c.AliyunKeySecret, Sign: c.AliyunSign, Template: c.AliyunTemplate,
			TemplateAbroad: c.AliyunAbroad, Endpoint: c.AliyunEndpoint, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_SMS_ALIYUN_ENDPOINT: %w", err)
		}
	case "tencent":
		// A signature of Tencent has a time and no nonce, so no randomness is needed. A request that is sent
		// again within that time would be paid for again, which TLS has to prevent.
		sender, err = sms.NewTencent(sms.TencentConfig{
			SecretID: c.TencentID, SecretKey: c.TencentKey, AppID: c.TencentApp, Sign: c.TencentSign,
			Template: c.TencentTemplate, TemplateAbroad: c.TencentAbroad, Minutes: c.TencentMinutes == "on",
			Region: c.TencentRegion, Endpoint: c.TencentEndpoint, Now: time.Now,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_SMS_TENCENT_ENDPOINT: %w", err)
		}
	default: // log, with --dev only, see checkSMS
		sender = sms.NewLog(log)
	}
	return sender, err
}
