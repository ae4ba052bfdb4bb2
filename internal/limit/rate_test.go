package limit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/limit"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]limit.Rate{
		"off":         {},
		"10/1h":       {Count: 10, Period: time.Hour},
		"600/1m30s":   {Count: 600, Period: 90 * time.Second},
		"1/1s":        {Count: 1, Period: limit.MinPeriod},
		"1000000/24h": {Count: limit.MaxCount, Period: limit.MaxPeriod},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if got, err := limit.ParseRate(text); err != nil || got != want {
				t.Errorf("%v, %v; want %v", got, err, want)
			}
			var got limit.Rate
			if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
				t.Errorf("as a setting: %v, %v; want %v", got, err, want)
			}
		})
	}
}

// TestParseRateRefuses shows that an error names the wrong part and the right syntax.
func TestParseRateRefuses(t *testing.T) {
	t.Parallel()
	const form, count, period = "such as 10/1h", "1 to 1000000", "1s to 24h"
	for text, says := range map[string]string{
		"": form, "Off": form, "10": form, "/1h": form, "10/": form, "10/h": form, "10/1": form, "10 / 1h": form,
		"10/1h ": form, "+10/1h": form, "-10/1h": form, "1e3/1h": form, "10/1h/1h": form, "１０/1h": form, "0x10/1h": form,
		"0/1h": count, "1000001/1h": count, "99999999999999999999/1h": count,
		"10/0s": period, "10/999ms": period, "10/-1h": period, "10/24h1ns": period,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			got, err := limit.ParseRate(text)
			if err == nil || got != (limit.Rate{}) || !strings.Contains(err.Error(), says) {
				t.Errorf("%v, %v; want an error that says %q", got, err, says)
			}
		})
	}
}

func FuzzParseRate(f *testing.F) {
	for _, seed := range []string{"off", "10/1h", "1/1m30s", "1000000/24h", "0/1h", "10/-1h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rate, err := limit.ParseRate(text)
		if err != nil {
			return
		}
		l, err := limit.New(limit.Config{IPv4Addr: rate, Now: func() time.Time { return time.Time{} }})
		if err != nil {
			t.Fatalf("%q is parsed as %v, which New refuses: %v", text, rate, err)
		}
		most := min(rate.Count, 1000)
		for range most {
			if ok, _ := l.Allow(addr("192.0.2.1")); !ok {
				t.Fatalf("%q allows less than %d", text, most)
			}
		}
		ok, wait := l.Allow(addr("192.0.2.1"))
		if rate.Count == most && rate.Count > 0 && (ok || wait <= 0 || wait > rate.Period) {
			t.Fatalf("%q: allowed %t, wait %s", text, ok, wait)
		}
	})
}
