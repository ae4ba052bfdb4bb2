package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/command"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/smscount"
	"github.com/enroll-project/enroll/internal/wording"
)

// newSender returns nil if no sender of SMS is set. Requests that need a code are then refused as not
// offered, and no check is skipped. A single sender also has a router, which counts its messages.
func newSender(
	c settings.Config, words *wording.Words, prices *price.Table, log *slog.Logger, registry prometheus.Registerer,
	counts func(m sms.Message, sender string, handed bool, err error),
) (sms.Sender, error) {
	if len(c.SMS) == 0 {
		return nil, nil
	}
	// With --dev the default is the sender "log", so that a newcomer reads codes in the output. A sender is made
	// once for all its countries, which share its connections. It connects at the first message, so an outage of
	// a provider does not keep the service from starting.
	made := map[string]sms.Sender{}
	// The routes are in the order of the setting. The router tries those of the phone's country in this
	// order, so one list serves all countries.
	var routes []sms.Route
	for _, one := range c.SMS {
		if made[one.Sender] == nil {
			sender, err := newSenderOf(c, words, one.Sender, log)
			if err != nil {
				return nil, err
			}
			made[one.Sender] = sender
		}
		routes = append(routes, sms.Route{Name: one.Sender, Country: one.Country, Sender: made[one.Sender]})
	}
	// Calls have routes of their own, which the router never uses for SMS.
	calls, err := callRoutes(c, words, made, log)
	if err != nil {
		return nil, err
	}
	routes = append(routes, calls...)
	// The metric of the router has the price of the sender that sent the message. The budgets, which are charged before,
	// count the price of the dearest sender.
	router := sms.RouterConfig{Routes: routes, Now: time.Now, Metrics: registry, Count: counts}
	if prices != nil {
		// A text may be several SMS. The router knows the sender that took it, and not what its texts are.
		texts := command.NewTexts(c, words)
		router.Price = func(m sms.Message, sender string) float64 { return priceOf(prices, texts, m, sender).Float() }
	}
	return sms.NewRouter(router)
}

// callRoutes returns the routes of calls. made has the senders of SMS: the webhook and the log send both, and the
// webhook tells its receiver which of both a code is for.
func callRoutes(
	c settings.Config, words *wording.Words, made map[string]sms.Sender, log *slog.Logger,
) (routes []sms.Route, err error) {
	for _, one := range c.Voice {
		// The name tells calls from SMS in metrics, prices and the report.
		name := price.Call(one.Sender)
		// A provider's messages and calls are different services, so its calls have a value of their own.
		key := name
		if one.Sender == "webhook" || one.Sender == "log" {
			key = one.Sender
		}
		if made[key] == nil {
			sender, err := newCallerOf(c, words, one.Sender, log)
			if err != nil {
				return nil, err
			}
			made[key] = sender
		}
		routes = append(routes, sms.Route{Name: name, Country: one.Country, Voice: true, Sender: made[key]})
	}
	return routes, nil
}

// newCallerOf returns the sender of calls with a name of ENROLL_VOICE. Its errors are like those of newSenderOf.
func newCallerOf(
	c settings.Config, words *wording.Words, name string, log *slog.Logger,
) (sender sms.Sender, err error) {
	switch name {
	case "aliyun":
		// Messages and calls share the account. Its endpoint for SMS knows no calls, so calls have one of their own.
		sender, err = sms.NewAliyunVoice(sms.AliyunVoiceConfig{
			KeyID: c.AliyunKeyID, KeySecret: c.AliyunKeySecret, Template: c.AliyunVoice, From: c.AliyunVoiceFrom,
			Words: words, Endpoint: c.AliyunVoiceURL, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_VOICE_ALIYUN_ENDPOINT: %w", err)
		}
	case "tencent":
		// Applications for SMS and for calls are different, and so are their ids. The region holds for both.
		sender, err = sms.NewTencentVoice(sms.TencentVoiceConfig{
			SecretID: c.TencentID, SecretKey: c.TencentKey, AppID: c.TencentVoiceApp, Template: c.TencentVoice,
			Words: words, Region: c.TencentRegion, Endpoint: c.TencentVoiceURL, Now: time.Now,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_VOICE_TENCENT_ENDPOINT: %w", err)
		}
	case "twilio":
		// The sender of messages may be a Messaging Service or a name, neither of which can call. So calls have a number of
		// their own.
		sender, err = sms.NewTwilioVoice(sms.TwilioConfig{
			AccountSID: c.TwilioAccount, KeySID: c.TwilioKey, Secret: c.TwilioSecret, From: c.TwilioVoiceFrom,
			Texts: command.NewTexts(c, words), Endpoint: c.TwilioEndpoint,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_VOICE_TWILIO_FROM, ENROLL_SMS_NAME, ENROLL_SMS_TWILIO_…: %w", err)
		}
	case "vonage":
		// One application may have both capabilities, Messages and Voice, so its key signs both kinds of requests. Without
		// Voice, Vonage refuses each call.
		sender, err = sms.NewVonageVoice(sms.VonageConfig{
			ApplicationID: c.VonageApplication, PrivateKey: c.VonageKey, From: c.VonageVoiceFrom,
			Texts: command.NewTexts(c, words), Endpoint: c.VonageEndpoint, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_VOICE_VONAGE_FROM, ENROLL_SMS_NAME, ENROLL_SMS_VONAGE_…: %w", err)
		}
	default:
		// Here ENROLL_SMS does not have the webhook or the log, or callRoutes would have found it.
		sender, err = newSenderOf(c, words, name, log)
	}
	return sender, err
}

// callsTo returns the function that reports whether a sender calls the phones of a country, or nil without calls.
func callsTo(c settings.Config) func(country string) bool {
	if len(c.Voice) == 0 {
		return nil
	}
	// The rule is that of the router, so a request that is accepted here has a route there.
	return func(country string) bool { return len(c.Voice.For(country)) > 0 }
}

// countSMS returns the function that counts what a router sends, for the report.
func countSMS(
	counter *smscount.Counter, prices *price.Table, texts sms.Texts,
) func(sms.Message, string, bool, error) {
	// The service and the commands count in the same way, so that one report has both.
	// A failed attempt is counted for its own sender. If the next sender takes the message, it is counted there, too.
	return func(m sms.Message, sender string, handed bool, err error) {
		result := smscount.Failed
		// These are the results of the metric enroll_sms_total, except that all kinds of failures are one.
		switch {
		case err == nil:
			result = smscount.Sent
		case handed:
			result = smscount.Unsure
		}
		// Without prices the report has messages and no cost.
		currency, cost := "", price.Amount(0)
		if prices != nil {
			currency, cost = prices.Currency(), priceOf(prices, texts, m, sender)
		}
		// Both packages name an unknown country alike, so that codes and messages are in lines of the same name.
		counter.Add(cmp.Or(m.Country, code.UnknownCountry), sender, currency, result, cost)
	}
}

// newSenderOf returns the sender with a name of ENROLL_SMS. Its errors name the setting and hold no secret:
// those of package sms have none. Package settings has already refused a missing setting, so an error here is
// about the form of a setting.
func newSenderOf(
	c settings.Config, words *wording.Words, name string, log *slog.Logger,
) (sender sms.Sender, err error) {
	// Three senders send texts. The others have templates at the provider, or an operator's program.
	texts := command.NewTexts(c, words)
	// Each sender uses the clock of the process. Providers refuse a signature whose time is minutes off, so
	// a wrong clock stops all messages.
	// The names are those that settings.SMSRoutes.UnmarshalText accepts.
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
			TemplateAbroad: c.AliyunAbroad, NoticeTemplate: c.AliyunNotice, NoticeTemplateAbroad: c.AliyunNoticeAway,
			Endpoint: c.AliyunEndpoint, Words: words, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_SMS_ALIYUN_ENDPOINT: %w", err)
		}
	case "tencent":
		// A signature of Tencent has a time and no nonce, so no randomness is needed. For some minutes Tencent
		// would accept, and charge, a copy of a request. TLS has to keep others from copying it.
		sender, err = sms.NewTencent(sms.TencentConfig{
			SecretID: c.TencentID, SecretKey: c.TencentKey, AppID: c.TencentApp, Sign: c.TencentSign,
			Template: c.TencentTemplate, TemplateAbroad: c.TencentAbroad,
			NoticeTemplate: c.TencentNotice, NoticeTemplateAbroad: c.TencentNoticeAway, Minutes: c.TencentMinutes == "on",
			Region: c.TencentRegion, Endpoint: c.TencentEndpoint, Words: words, Now: time.Now,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_SMS_TENCENT_ENDPOINT: %w", err)
		}
	case "twilio":
		// Basic authentication has no time and no nonce either. Twilio has another endpoint for each of its regions,
		// and an API key of one region is refused in the others.
		sender, err = sms.NewTwilio(sms.TwilioConfig{
			AccountSID: c.TwilioAccount, KeySID: c.TwilioKey, Secret: c.TwilioSecret, From: c.TwilioFrom, Texts: texts,
			Callback: twilioCallback(c), Endpoint: c.TwilioEndpoint,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_SMS_NAME, ENROLL_SMS_TWILIO_…: %w", err)
		}
	case "sns":
		// With an access key of its own the sender has no role. Variables of AWS are read for a role only.
		role, failed := newRole(c, c.SNSKeyID, c.SNSRegion, os.Getenv, log)
		if failed != nil {
			return nil, failed
		}
		sender, err = sms.NewSNS(sms.SNSConfig{
			KeyID: c.SNSKeyID, SecretKey: c.SNSSecretKey, Role: role, Region: c.SNSRegion, From: c.SNSFrom, Texts: texts,
			Endpoint: c.SNSEndpoint, Now: time.Now,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_SMS_NAME, ENROLL_SMS_SNS_…: %w", err)
		}
	case "vonage":
		// A private key has several lines, so most deployments give it as a file. Package settings has read that file,
		// and an error here says that it holds no key, without quoting it.
		sender, err = sms.NewVonage(sms.VonageConfig{
			ApplicationID: c.VonageApplication, PrivateKey: c.VonageKey, From: c.VonageFrom, Texts: texts,
			Endpoint: c.VonageEndpoint, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			err = fmt.Errorf("ENROLL_SMS_NAME, ENROLL_SMS_VONAGE_…: %w", err)
		}
	default: // log, with --dev only, see package settings
		sender = sms.NewLog(log)
	}
	return sender, err
}

// newAddresses returns the part that sends codes, for a command. It has the senders and the budgets of the service.
// It has no challenges: a command sends codes for operators only, who solve no captcha.
func newAddresses(c settings.Config, pool *postgres.Pool, now func() time.Time) (*address.Addresses, error) {
	secret, err := c.SecretBytes()
	if err != nil {
		return nil, err
	}
	// A command ends before its metrics could be read.
	registry, log := prometheus.NewRegistry(), slog.New(slog.DiscardHandler)
	// A code that an operator sends counts in the budgets of money, too: it costs the same. It comes from no network of
	// a client, so nothing is reserved from it.
	prices, err := newPrices(c)
	if err != nil {
		return nil, err
	}
	words, err := command.NewWords(c)
	if err != nil {
		return nil, err
	}
	// An alarm about money that this message causes is in the log of the service, which a command does not write.
	codes, err := code.New(code.Config{
		Pool: pool, Secret: secret, Limits: limits(c, prices, words, nil).Codes(), Now: now, Rand: rand.Reader,
		Metrics: registry,
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_SECRET: %w", err)
	}
	// What a command sends is in the report of the service.
	counter := smscount.New(pool, now)
	count := countSMS(counter, prices, command.NewTexts(c, words))
	sender, err := newSender(c, words, prices, log, registry,
		func(m sms.Message, sender string, handed bool, failure error) {
			count(m, sender, handed, failure)
			// The service stores the counts once a minute.
			// The time limit is that of a person who waits for the command.
			// A command has no timer. If the counts cannot be stored, the message was sent nevertheless.
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			_ = counter.Flush(ctx)
		})
	if err != nil {
		return nil, err
	}
	mails, err := newMail(c, words, log)
	if err != nil {
		return nil, err
	}
	return address.New(address.Config{Pool: pool, Codes: codes, SMS: sender, Mail: mails, Now: now}), nil
}
