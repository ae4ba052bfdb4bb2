//go:build !race

package hangup_test

import (
	"strings"
	"testing"
)

// providers are senders of SMS besides the webhook. An operation sees only a sender's error, so one case is
// enough for each of them.
var providers = []string{"aliyun", "tencent", "sns", "vonage", "twilio", "router"}

// TestHangUpWhileSending: with each sender and each behavior of its server, a message that may
// arrive is counted once, and its code is valid.
// It runs without the race detector, since TestHangUp has it watch the same operations at the same places.
func TestHangUpWhileSending(t *testing.T) {
	t.Parallel()
	by := map[string][]string{}
	for name := range cases {
		switch {
		case strings.HasPrefix(name, "sendPhoneCode"):
			by["webhook"] = append(by["webhook"], name)
		case strings.HasPrefix(name, "send"):
			by["SMTP"] = append(by["SMTP"], name)
		}
	}
	for _, provider := range providers {
		by[provider] = []string{"sendPhoneCode register"}
	}
	for sender, names := range by {
		for _, how := range []manner{accepts, refuses, late, closes} {
			t.Run(sender+" "+string(how), func(t *testing.T) {
				t.Parallel()
				d := deploy(t, newSenders(t, sender, how))
				for _, name := range names {
					t.Run(name, func(t *testing.T) {
						mine := *d
						mine.TB = t
						everywhere(t, &mine, cases[name])
					})
				}
			})
		}
	}
}
