package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"

	"github.com/enroll-project/enroll/internal/capacity"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/listener"
	"github.com/enroll-project/enroll/internal/receipt"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/smscount"
)

// newReceipts makes the handler of delivery receipts, or returns nil if they are off. Its listener is not that of the
// API, because providers need not reach the API, and not that of the admin API, because providers are strangers.
func newReceipts(
	c settings.Config, secret []byte, counter *smscount.Counter, registry prometheus.Registerer, log *slog.Logger,
) (http.Handler, error) {
	if c.ReceiptsAddr == "" {
		return nil, nil
	}
	// Package settings has checked the secrets. The clock is that of the process, as for the requests of the senders.
	senders := map[string]receipt.Provider{}
	// A sender that is in ENROLL_SMS and not here has no path, so its requests are answered with 404.
	// Each is made once, also if it is the sender of several countries.
	for _, name := range c.Receipts {
		switch name {
		case "twilio":
			senders[name] = receipt.Twilio(c.TwilioToken(), twilioCallback(c))
		case "vonage":
			// Tokens of requests expire by the clock of the process. A clock that is a day off refuses them all.
			senders[name] = receipt.Vonage(c.VonageReceipts, c.VonageApplication, time.Now)
		case "aliyun":
			senders[name] = receipt.Aliyun(c.AliyunReceipts)
		case "tencent":
			senders[name] = receipt.Tencent(c.TencentReceipts)
		case "webhook":
			// An operator has one secret for both directions, as for other webhooks with answers.
			receiver, err := receipt.Webhook(c.SMSWebhookSecret, time.Now)
			if err != nil {
				return nil, fmt.Errorf("ENROLL_SMS_WEBHOOK_SECRET: %w", err)
			}
			senders[name] = receiver
		}
	}
	// Providers send from few addresses, so the rate is far above that of people.
	// The counts are in memory and not in the database, so that a flood is refused without a query.
	network := c.LimitReceipts
	network.Count = min(10*network.Count, limit.MaxCount)
	limiter, err := limit.New(limit.Config{
		IPv4Addr: c.LimitReceipts, IPv6Subnet: c.LimitReceipts, IPv4Block: network, IPv6Site: network, Now: time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_LIMIT_RECEIPTS: %w", err)
	}
	// The counter is that of the messages, so that one report has both.
	// Ids of messages are hashed with a key that is derived from the secret, as all replicas have it.
	return receipt.New(receipt.Config{
		Senders: senders, Secret: secret, Counter: counter, Limiter: limiter, Proxies: c.TrustedProxies,
		Metrics: registry, Logger: log,
	})
}

// twilioCallback returns the URL that Twilio is asked to call with receipts, "" if they are off. Twilio is asked with
// each message, also by the commands that send.
func twilioCallback(c settings.Config) string {
	if !slices.Contains(c.Receipts, "twilio") {
		return ""
	}
	// Package settings has refused a URL that ends with a slash.
	return c.ReceiptsURL + receipt.Path + "twilio"
}

// listenOthers opens the listeners beside that of the API and that of health and metrics. Most deployments have none of
// them. All are opened before the first request is served.
func (s *service) listenOthers(c settings.Config, log *slog.Logger) ([]binding, error) {
	// An address that is taken is an error with the name of its setting.
	admins, err := s.listenAdmin(c, log)
	if err != nil {
		return nil, err
	}
	receipts, err := s.listenReceipts(c, log)
	return append(admins, receipts...), err
}

// listenReceipts opens the listener of delivery receipts and returns it with its server, or nil if they are off. When
// the service stops, requests in progress have the drain time; later ones are repeated by their providers.
func (s *service) listenReceipts(c settings.Config, log *slog.Logger) ([]binding, error) {
	// As with the admin API, nothing listens unless the address is set.
	if s.receipts == nil {
		return nil, nil
	}
	l, err := listener.Listen("ENROLL_RECEIPTS_ADDR", c.ReceiptsAddr)
	if err != nil {
		return nil, err
	}
	// The address has its own log line, as that of the admin API has.
	log.Info("serving receipts", "receipts_addr", l.Addr().String(), "senders", c.Receipts)
	// A provider sends few requests at a time, through the proxy that ends TLS.
	return []binding{{netutil.LimitListener(l, capacity.OpsConnections), listener.Server(s.receipts, log)}}, nil
}
