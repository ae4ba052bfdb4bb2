package limit_test

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/limit"
)

// clock is a time that only the test advances.
type clock struct{ nanos atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_800_000_000, c.nanos.Load()) }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

func newLimiter(t testing.TB, cfg limit.Config) (*limit.Limiter, *clock) {
	t.Helper()
	c := new(clock)
	cfg.Now = c.now
	l, err := limit.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l, c
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// allowed counts how many of n requests of a client pass.
func allowed(l *limit.Limiter, client netip.Addr, n int) (passed int) {
	for range n {
		if ok, _ := l.Allow(client); ok {
			passed++
		}
	}
	return passed
}

// ipv4 returns an address in the i-th /24 of 10.0.0.0/8.
func ipv4(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}) }

// ipv6 returns an address in the i-th /64 of 2001:db8::/32. 65,536 successive i share a /48.
func ipv6(i int) netip.Addr {
	return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i), 15: 1})
}

func hourly(n int) limit.Rate { return limit.Rate{Count: n, Period: time.Hour} }

// TestAllowExactlyTheLimitAtOnce sends 500 simultaneous requests from each of 20
// clients at a limit of ten: exactly ten of each client pass.
func TestAllowExactlyTheLimitAtOnce(t *testing.T) {
	t.Parallel()
	const clients, requests, most = 20, 500, 10
	for name, client := range map[string]func(client, request int) netip.Addr{
		"address": func(c, _ int) netip.Addr { return ipv4(c) },
		"block":   func(c, r int) netip.Addr { b := ipv4(c).As4(); b[3] = byte(r); return netip.AddrFrom4(b) },
		"subnet":  func(c, r int) netip.Addr { b := ipv6(c << 16).As16(); b[15] = byte(r); return netip.AddrFrom16(b) },
		"site":    func(c, r int) netip.Addr { return ipv6(c<<16 | r) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			narrow, wide := hourly(most), hourly(10*most)
			if name == "block" || name == "site" {
				wide = narrow
			}
			l, _ := newLimiter(t, limit.Config{IPv4Addr: narrow, IPv4Block: wide, IPv6Subnet: narrow, IPv6Site: wide})
			var passed [clients]atomic.Int32
			var wg sync.WaitGroup
			start := make(chan struct{})
			for r := range requests {
				wg.Go(func() {
					<-start
					for c := range clients {
						if ok, _ := l.Allow(client(c, r)); ok {
							passed[c].Add(1)
						}
					}
				})
			}
			close(start)
			wg.Wait()
			for c := range passed {
				if n := passed[c].Load(); n != most {
					t.Errorf("client %d: %d requests passed, want %d", c, n, most)
				}
			}
		})
	}
}

// TestAllowAgainAfterTheWait shows that a rate of Count requests lets Count pass at once and
// then one every Period/Count, and that retryAfter is exact to the nanosecond.
func TestAllowAgainAfterTheWait(t *testing.T) {
	t.Parallel()
	l, c := newLimiter(t, limit.Config{IPv4Addr: hourly(4)})
	client := addr("192.0.2.1")
	if n := allowed(l, client, 9); n != 4 {
		t.Fatalf("%d passed at once, want 4", n)
	}
	for round := range 10 {
		ok, wait := l.Allow(client)
		if ok || wait != 15*time.Minute {
			t.Fatalf("round %d: allowed %t, wait %s; want 15m", round, ok, wait)
		}
		c.advance(wait - 1)
		if ok, wait := l.Allow(client); ok || wait != 1 {
			t.Fatalf("round %d: allowed %t a nanosecond early, wait %s", round, ok, wait)
		}
		c.advance(1)
		if n := allowed(l, client, 3); n != 1 {
			t.Fatalf("round %d: %d passed after the wait, want 1", round, n)
		}
	}
	c.advance(time.Hour)
	if n := allowed(l, client, 9); n != 4 {
		t.Errorf("%d passed after a period of rest, want 4", n)
	}
}

// TestAllowNarrowAndWide shows that both networks must allow a request, that the
// longer wait is returned, and that a refused request is counted for neither.
func TestAllowNarrowAndWide(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ host, other, neighbor, stranger string }{
		"IPv4": {"192.0.2.1", "192.0.2.1", "192.0.2.255", "192.0.3.1"},
		"IPv6": {"2001:db8:1:1::1", "2001:db8:1:1:ffff:ffff:ffff:ffff", "2001:db8:1:ffff::", "2001:db8:2::1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := newLimiter(t, limit.Config{
				IPv4Addr: hourly(10), IPv4Block: hourly(15), IPv6Subnet: hourly(10), IPv6Site: hourly(15),
			})
			if n := allowed(l, addr(tc.host), 6) + allowed(l, addr(tc.other), 994); n != 10 {
				t.Errorf("%d passed in the narrow network, want 10", n)
			}
			if _, wait := l.Allow(addr(tc.host)); wait != 6*time.Minute {
				t.Errorf("wait %s, want the narrow network's 6m", wait)
			}
			if n := allowed(l, addr(tc.neighbor), 1000); n != 5 {
				t.Errorf("%d passed from the neighbor, want the 5 that the wide network has left", n)
			}
			if _, wait := l.Allow(addr(tc.neighbor)); wait != 4*time.Minute {
				t.Errorf("wait %s, want the wide network's 4m", wait)
			}
			if _, wait := l.Allow(addr(tc.host)); wait != 6*time.Minute {
				t.Errorf("wait %s, want the longer of the two", wait)
			}
			if n := allowed(l, addr(tc.stranger), 1000); n != 10 {
				t.Errorf("%d passed from another network, want 10", n)
			}
		})
	}
}

// TestAllowSameClient shows that the notations of one address share a rate, and that all invalid
// addresses count as one client.
func TestAllowSameClient(t *testing.T) {
	t.Parallel()
	for name, same := range map[string][]netip.Addr{
		"mapped":  {addr("192.0.2.1"), addr("::ffff:192.0.2.1")},
		"zones":   {addr("fe80::1%eth0"), addr("fe80::1%eth1"), addr("fe80::1")},
		"invalid": {{}, {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := newLimiter(t, limit.Config{IPv4Addr: hourly(1), IPv6Subnet: hourly(1)})
			for i, client := range same {
				if ok, _ := l.Allow(client); ok != (i == 0) {
					t.Errorf("request %d of %s: allowed %t", i, client, ok)
				}
			}
		})
	}
}

// TestAllowFamiliesApart uses an IPv6 network and an IPv4 address with the same
// number: they do not share a rate.
func TestAllowFamiliesApart(t *testing.T) {
	t.Parallel()
	l, _ := newLimiter(t, limit.Config{IPv4Addr: hourly(1), IPv6Subnet: hourly(1)})
	for _, client := range []string{"0.0.0.1", "0:0:0:1::"} {
		if ok, _ := l.Allow(addr(client)); !ok {
			t.Errorf("%s is refused for a request of the other family", client)
		}
	}
}

func TestAllowOff(t *testing.T) {
	t.Parallel()
	l, _ := newLimiter(t, limit.Config{})
	if n := allowed(l, addr("192.0.2.1"), 10_000) + allowed(l, addr("2001:db8::1"), 10_000); n != 20_000 {
		t.Errorf("%d of 20000 passed without a limit", n)
	}
	if n := l.Networks(); n != 0 {
		t.Errorf("%d networks are remembered without a limit", n)
	}
}

// TestAllowClockGoesBack shows that after a clock was set back by weeks the reported wait is
// that of a client that has just used up its rate.
func TestAllowClockGoesBack(t *testing.T) {
	t.Parallel()
	l, c := newLimiter(t, limit.Config{IPv4Addr: hourly(2)})
	allowed(l, addr("192.0.2.1"), 2)
	c.advance(-1000 * time.Hour)
	if _, wait := l.Allow(addr("192.0.2.1")); wait != 30*time.Minute {
		t.Errorf("wait %s, want 30m at most", wait)
	}
}

// TestAllowFullTable shows that the number of remembered networks is bounded, and
// that a network which has used up its rate is not forgotten for new ones.
func TestAllowFullTable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		client func(int) netip.Addr
	}{
		"IPv4": {ipv4},
		"IPv6": {func(i int) netip.Addr { return ipv6(i << 16) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := newLimiter(t, limit.Config{
				IPv4Addr: hourly(3), IPv4Block: hourly(3), IPv6Subnet: hourly(3), IPv6Site: hourly(3),
				MaxNetworks: limit.MinMaxNetworks,
			})
			greedy := tc.client(0)
			allowed(l, greedy, 3)
			for i := 1; i < 50_000; i++ {
				if ok, _ := l.Allow(tc.client(i)); !ok {
					t.Fatalf("network %d is refused for requests of others", i)
				}
			}
			if n := l.Networks(); n > 2*limit.MinMaxNetworks { // each has a narrow and a wide network
				t.Errorf("%d networks are remembered", n)
			}
			if ok, _ := l.Allow(greedy); ok {
				t.Error("the network that had used up its rate was forgotten")
			}
		})
	}
}

// TestAllowRotatingWithinSite shows that a client with more /64 networks than the
// table can hold is limited by its /48.
func TestAllowRotatingWithinSite(t *testing.T) {
	t.Parallel()
	l, _ := newLimiter(t, limit.Config{IPv6Subnet: hourly(10), IPv6Site: hourly(50), MaxNetworks: limit.MinMaxNetworks})
	passed := 0
	for i := range 60_000 {
		passed += allowed(l, ipv6(i), 1)
	}
	if passed != 50 {
		t.Errorf("%d of a /48 passed, want 50", passed)
	}
	if n := l.Networks(); n > 51 {
		t.Errorf("%d networks are remembered: refused requests take memory", n)
	}
}

// TestAllowForgetsTheIdle shows that idle networks are removed as new ones are added.
func TestAllowForgetsTheIdle(t *testing.T) {
	t.Parallel()
	const many = 20_000
	l, c := newLimiter(t, limit.Config{IPv4Addr: hourly(1)})
	for round := range 3 {
		for i := range many {
			l.Allow(ipv4(round*many + i))
		}
		if n := l.Networks(); n < many || n > many*11/10 {
			t.Errorf("round %d: %d networks are remembered, want about the %d that are active", round, n, many)
		}
		c.advance(time.Hour)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cfg limit.Config
		ok  bool
	}{
		"nothing set":      {limit.Config{}, true},
		"smallest table":   {limit.Config{MaxNetworks: 1024}, true},
		"small table":      {limit.Config{MaxNetworks: 1023}, false},
		"negative table":   {limit.Config{MaxNetworks: -1}, false},
		"largest rate":     {limit.Config{IPv4Addr: limit.Rate{Count: 1_000_000, Period: 24 * time.Hour}}, true},
		"no period":        {limit.Config{IPv4Addr: limit.Rate{Count: 1}}, false},
		"no count":         {limit.Config{IPv4Block: limit.Rate{Period: time.Hour}}, false},
		"negative count":   {limit.Config{IPv6Subnet: hourly(-1)}, false},
		"too many":         {limit.Config{IPv6Site: hourly(1_000_001)}, false},
		"too long a time":  {limit.Config{IPv6Site: limit.Rate{Count: 1, Period: 24*time.Hour + 1}}, false},
		"too short a time": {limit.Config{IPv6Site: limit.Rate{Count: 1, Period: limit.MinPeriod - 1}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := limit.New(tc.cfg); (err == nil) != tc.ok {
				t.Errorf("error %v, want none: %t", err, tc.ok)
			}
		})
	}
}

// BenchmarkAllow fails if Allow allocates for a network that is counted already: in a flood Allow
// runs for each request, before anything that costs more.
func BenchmarkAllow(b *testing.B) {
	for _, networks := range []int{1, 50_000} {
		for name, tc := range map[string]struct {
			count  int
			client func(int) netip.Addr
		}{
			"refused IPv4": {1, ipv4},
			"allowed IPv4": {limit.MaxCount, ipv4},
			"allowed IPv6": {limit.MaxCount, func(i int) netip.Addr { return ipv6(i << 16) }},
		} {
			b.Run(fmt.Sprintf("%s, %d networks", name, networks), func(b *testing.B) {
				rate := limit.Rate{Count: tc.count, Period: limit.MaxPeriod}
				l, c := newLimiter(b, limit.Config{IPv4Addr: rate, IPv4Block: rate, IPv6Subnet: rate, IPv6Site: rate})
				for i := range networks {
					l.Allow(tc.client(i))
				}
				i := 0
				one := func() {
					i++
					c.advance(time.Millisecond)
					l.Allow(tc.client(i % networks))
				}
				if n := testing.AllocsPerRun(1000, one); n != 0 {
					b.Fatalf("%v allocations for each request, want none", n)
				}
				for b.Loop() {
					one()
				}
			})
		}
	}
}

// BenchmarkAllowFullTable measures the slowest case: all networks are new, and the tables are full of
// active ones.
func BenchmarkAllowFullTable(b *testing.B) {
	l, _ := newLimiter(b, limit.Config{IPv6Subnet: hourly(10), IPv6Site: hourly(50)})
	for i := range 4 * limit.DefaultMaxNetworks {
		l.Allow(ipv6(i << 16))
	}
	i := 4 * limit.DefaultMaxNetworks
	b.ReportAllocs()
	for b.Loop() {
		i++
		l.Allow(ipv6(i << 16))
	}
}
