package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/sms"
)

// pricesOf writes a table of prices and returns the name of its file.
func pricesOf(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "prices.txt")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPricesAtTheStart: a table that lacks the price of a country that is served, and a budget of which four fifths
// do not pay the dearest message, are refused at the start. The error names the line, or the country and the sender.
func TestPricesAtTheStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		table, environ, want string
	}{
		{"currency CNY\nCN * 0.05", "ENROLL_PHONE_COUNTRIES=CN ENROLL_SMS_BUDGET=1/1d", ""},
		{"currency CNY\n* log 0.05", "ENROLL_SMS_BUDGET=1/1d", ""},
		{"currency CNY\nCN * 0.05", "ENROLL_PHONE_COUNTRIES=CN,HK", "the price of log for the country HK"},
		{"currency CNY\nCN * 0.05", "", "the price of log for the country *"},
		{"currency CNY\nCN * 0.05\n* webhook 1", "ENROLL_PHONE_COUNTRIES=CN,HK", "the price of log for the country HK"},
		{"currency CNY\nCN * 0.05\nCN * 0.06", "", "line 3:"},
		{"currency CNY\nCN pigeon 0.05", "", "line 2:"},
		{"currency CNY\nCN * 0.05\n* * 1.00", "ENROLL_PHONE_COUNTRIES=CN ENROLL_SMS_BUDGET=0.07/1h",
			"ENROLL_SMS_PRICES costs 1.00 CNY"},
		{"currency CNY\nKP * 9.00\n* * 0.05", "ENROLL_SMS_BUDGET=5.00/1h", "ENROLL_SMS_PRICES costs 9.00 CNY"},
		{"currency CNY\nCN * 0.05", "ENROLL_PHONE_COUNTRIES=CN ENROLL_SMS_BUDGET=0.07/1h", ""},
		{"currency CNY\nCN * 0.05", "ENROLL_PHONE_COUNTRIES=CN ENROLL_SMS_BUDGET=0.06/1h",
			"ENROLL_SMS_PRICES costs 0.05 CNY"},
		// A call needs a price of its own, and a budget that pays it.
		{"currency CNY\n* * 0.05", "ENROLL_VOICE=log", "the price of log-voice for the country *"},
		{"currency CNY\n* * 0.05\nCN log-voice 0.30", "ENROLL_VOICE=CN=log ENROLL_SMS_BUDGET=1/1d", ""},
		{"currency CNY\n* * 0.05\nCN log-voice 0.30", "ENROLL_VOICE=CN=log,*=log", "log-voice for the country *"},
		{"currency CNY\n* * 0.05\n* log-voice 2.00", "ENROLL_VOICE=log ENROLL_SMS_BUDGET=1/1d", "costs 2.00 CNY"},
		{"currency CNY\nCN * 0.05\n* * 1.00", "ENROLL_SMS_BUDGET=1.24/1h", "ENROLL_SMS_PRICES costs 1.00 CNY"},
	} {
		environ := append(strings.Fields(c.environ), "ENROLL_SMS_PRICES="+pricesOf(t, c.table))
		config, err := settings.Read(true, environ)
		if err != nil {
			t.Fatal(err)
		}
		_, err = newPrices(config)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q %s: %v, want %q", c.table, c.environ, err, c.want)
		}
	}
	config, err := settings.Read(true, []string{"ENROLL_SMS_PRICES=" + filepath.Join(t.TempDir(), "none")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newPrices(config); err == nil || err.Error() != "ENROLL_SMS_PRICES: no such file or directory" {
		t.Errorf("a missing file: %v", err)
	}
}

// TestPriceOfParts: a text that Enroll sends costs the price of each SMS that it needs.
// With a host an English text is one SMS and a Russian one two. The texts of other senders are elsewhere.
func TestPriceOfParts(t *testing.T) {
	t.Parallel()
	twilio := []string{
		"ENROLL_SMS=DE=twilio,aliyun", "ENROLL_SMS_NAME=Enroll", "ENROLL_SMS_AUTOFILL_HOST=accounts.example.com",
		"ENROLL_SMS_TWILIO_ACCOUNT_SID=AC1", "ENROLL_SMS_TWILIO_SECRET=s", "ENROLL_SMS_TWILIO_FROM=+15005550006",
		"ENROLL_SMS_ALIYUN_KEY_ID=k", "ENROLL_SMS_ALIYUN_KEY_SECRET=s", "ENROLL_SMS_ALIYUN_SIGN=s",
		"ENROLL_SMS_ALIYUN_TEMPLATE=SMS_1", "ENROLL_SMS_ALIYUN_NOTICE_TEMPLATE=SMS_2",
		"ENROLL_SMS_PRICES=" + pricesOf(t, "currency CNY\n* * 0.10"),
	}
	// A network whose codes are not used gets a message of three SMS out of four fifths of 0.38 only.
	config, err := settings.Read(true, append(twilio, "ENROLL_SMS_BUDGET=0.37/1h"))
	if err != nil {
		t.Fatal(err)
	}
	const refused = "ENROLL_SMS_BUDGET: four fifths of 0.37 must pay a message of 3 SMS, and the dearest of " +
		"ENROLL_SMS_PRICES costs 0.10 CNY"
	if _, err := newPrices(config); err == nil || err.Error() != refused {
		t.Errorf("got %v", err)
	}
	config, err = settings.Read(true, append(twilio, "ENROLL_SMS_BUDGET=0.38/1h"))
	if err != nil {
		t.Fatal(err)
	}
	prices, err := newPrices(config)
	if err != nil {
		t.Fatal(err)
	}
	money := newMoney(config, prices, nil, slog.New(slog.DiscardHandler))
	for _, c := range []struct{ phone, locale, want string }{
		{"+4915123456789", "en", "0.10"}, {"+4915123456789", "ru", "0.20"},
		{"+8613800138000", "ru", "0.10"},
	} {
		m := sms.Message{
			Phone: c.phone, Code: "123456", Purpose: "register", ExpiresIn: code.Life, Locale: c.locale, SiteID: 1,
		}
		if got := money.Cost(m).String(); got != c.want {
			t.Errorf("%s in %s costs %s, want %s", c.phone, c.locale, got, c.want)
		}
	}
}

// newPricesOf reads a table of prices for a configuration.
func newPricesOf(t *testing.T, c settings.Config, table string) (*price.Table, error) {
	t.Helper()
	c.SMSPrices = pricesOf(t, table)
	return newPrices(c)
}

// TestMoneyOfSettings: a message costs what the dearest sender of the phone's country costs, and an alarm is one line
// of the log.
func TestMoneyOfSettings(t *testing.T) {
	t.Parallel()
	config, err := settings.Read(true, []string{
		"ENROLL_SMS=CN=log,*=log", "ENROLL_SMS_BUDGET=50.00/1d",
		"ENROLL_SMS_PRICES=" + pricesOf(t, "currency CNY\nCN * 0.05\nCN webhook 0.50\n* * 1.00"),
	})
	if err != nil {
		t.Fatal(err)
	}
	prices, err := newPrices(config)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	money := newMoney(config, prices, nil, slog.New(slog.NewJSONHandler(&out, nil)))
	for phone, want := range map[string]string{"+8613800138000": "0.05", "+4915123456789": "1.00", "+999": "1.00"} {
		if got := money.Cost(sms.Message{Phone: phone}).String(); got != want {
			t.Errorf("%s costs %s, want %s", phone, got, want)
		}
	}
	config.Voice = settings.VoiceRoutes{{Country: "CN", Sender: "log"}}
	if prices, err = newPricesOf(t, config, "currency CNY\nCN * 0.05\n* * 1.00\nCN log-voice 0.30"); err != nil {
		t.Fatal(err)
	}
	call := sms.Message{Phone: "+8613800138000", Locale: "en", Voice: true}
	if got := newMoney(config, prices, nil, slog.New(slog.DiscardHandler)).Cost(call).String(); got != "0.30" {
		t.Errorf("a call costs %s", got)
	}
	money.Alarm(code.Alarm{
		Percent: 80, Currency: "CNY", Budget: money.Budgets[0], Spent: 40_000_000,
		Until: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC),
	})
	for _, want := range []string{
		`"level":"WARN"`, `"percent":80`, `"window":"1d"`, `"spent":"40.00"`, `"limit":"50.00"`, `"currency":"CNY"`,
		`"until":"2026-11-30T12:00:00Z"`,
	} {
		if strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), want) {
			t.Errorf("the log has no %s: %s", want, out.String())
		}
	}
}
