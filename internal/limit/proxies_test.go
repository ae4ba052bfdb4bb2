package limit_test

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/limit"
)

func proxies(t testing.TB, list string) limit.Proxies {
	t.Helper()
	p, err := limit.ParseProxies(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// trusted is a setting with a network and an address of each family.
const trusted = "10.0.0.0/8, 192.0.2.7 fd00::/8,fe80::1"

func TestClient(t *testing.T) {
	t.Parallel()
	manyTrusted := strings.TrimSuffix(strings.Repeat("10.0.0.9,", 31), ",")
	longest := "2001:db8::5%" + strings.Repeat("a", 52) // 64 bytes
	for name, tc := range map[string]struct {
		trusted, peer string
		lines         []string
		want          string
	}{
		"no proxy":                 {"", "203.0.113.5:1234", nil, "203.0.113.5"},
		"none trusted":             {"", "10.0.0.1:1234", []string{"198.51.100.1"}, "10.0.0.1"},
		"peer not trusted":         {trusted, "203.0.113.5:1", []string{"198.51.100.1"}, "203.0.113.5"},
		"one proxy":                {trusted, "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxy by address":         {trusted, "192.0.2.7:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"its neighbor":             {trusted, "192.0.2.8:1", []string{"198.51.100.1"}, "192.0.2.8"},
		"proxy by IPv6":            {trusted, "[fd12::1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxy with zone":          {trusted, "[fe80::1%eth0]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxy mapped":             {trusted, "[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxy listed as mapped":   {"::ffff:10.0.0.1", "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"two proxies":              {trusted, "10.0.0.1:1", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		"forged head":              {trusted, "10.0.0.1:1", []string{"127.0.0.1, 8.8.8.8, 198.51.100.1"}, "198.51.100.1"},
		"forged proxy":             {trusted, "10.0.0.1:1", []string{"8.8.8.8, 10.0.0.2, 198.51.100.1"}, "198.51.100.1"},
		"lines are joined":         {trusted, "10.0.0.1:1", []string{"8.8.8.8", "198.51.100.1, 10.0.0.3"}, "198.51.100.1"},
		"proxy without header":     {trusted, "10.0.0.1:1", nil, "10.0.0.1"},
		"all are proxies":          {trusted, "10.0.0.1:1", []string{"10.0.0.3", "10.0.0.2"}, "10.0.0.3"},
		"empty elements":           {trusted, "10.0.0.1:1", []string{"198.51.100.1 , ,", "", "\t10.0.0.2,"}, "198.51.100.1"},
		"garbage on the right":     {trusted, "10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		"garbage after a proxy":    {trusted, "10.0.0.1:1", []string{"198.51.100.1, _hidden, 10.0.0.2"}, "10.0.0.2"},
		"garbage further left":     {trusted, "10.0.0.1:1", []string{"<script>, 198.51.100.1"}, "198.51.100.1"},
		"64 bytes are read":        {trusted, "10.0.0.1:1", []string{longest}, "2001:db8::5"},
		"65 bytes are not":         {trusted, "10.0.0.1:1", []string{longest + "a"}, "10.0.0.1"},
		"port":                     {trusted, "10.0.0.1:1", []string{"198.51.100.1:443"}, "198.51.100.1"},
		"port out of range":        {trusted, "10.0.0.1:1", []string{"198.51.100.1:65536"}, "10.0.0.1"},
		"brackets and port":        {trusted, "10.0.0.1:1", []string{"[2001:db8::5]:443"}, "2001:db8::5"},
		"brackets":                 {trusted, "10.0.0.1:1", []string{"[2001:db8::5]"}, "2001:db8::5"},
		"brackets, none":           {trusted, "10.0.0.1:1", []string{"2001:db8::5"}, "2001:db8::5"},
		"brackets round IPv4":      {trusted, "10.0.0.1:1", []string{"[198.51.100.1]"}, "10.0.0.1"},
		"one bracket":              {trusted, "10.0.0.1:1", []string{"[2001:db8::5"}, "10.0.0.1"},
		"zone of a client":         {trusted, "10.0.0.1:1", []string{"2001:db8::5%x"}, "2001:db8::5"},
		"mapped client":            {trusted, "10.0.0.1:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"mapped proxy":             {trusted, "10.0.0.1:1", []string{"198.51.100.1, ::ffff:a00:2"}, "198.51.100.1"},
		"leading zeros":            {trusted, "10.0.0.1:1", []string{"198.51.100.01"}, "10.0.0.1"},
		"network":                  {trusted, "10.0.0.1:1", []string{"198.51.100.1/32"}, "10.0.0.1"},
		"32 entries are read":      {trusted, "10.0.0.1:1", []string{"198.51.100.1," + manyTrusted}, "198.51.100.1"},
		"33 are not":               {trusted, "10.0.0.1:1", []string{"198.51.100.1,10.0.0.8," + manyTrusted}, "10.0.0.8"},
		"33 over lines":            {trusted, "10.0.0.1:1", []string{"198.51.100.1", "10.0.0.8", manyTrusted}, "10.0.0.8"},
		"empty elements count too": {trusted, "10.0.0.1:1", []string{"198.51.100.1" + strings.Repeat(",", 32)}, "10.0.0.1"},
		"peer without port":        {trusted, "10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		"Unix socket":              {trusted, "@", []string{"198.51.100.1"}, "invalid IP"},
		"no peer":                  {trusted, "", []string{"198.51.100.1"}, "invalid IP"},
		"client mapped, no proxy":  {"", "[::ffff:203.0.113.5]:1", nil, "203.0.113.5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"X-Forwarded-For": tc.lines, "X-Real-Ip": {"8.8.4.4"}, "Forwarded": {"for=8.8.4.4"}}
			if got := proxies(t, tc.trusted).Client(tc.peer, header); got.String() != tc.want {
				t.Errorf("client %s, want %s", got, tc.want)
			}
		})
	}
}

// TestClientForgedHeaderSharesOneBucket shows that a client gets one rate however it
// forges X-Forwarded-For, directly and behind proxies (ASVS 4.1.3).
func TestClientForgedHeaderSharesOneBucket(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for name, tc := range map[string]struct{ trusted, peer, suffix string }{
		"direct":        {"10.0.0.0/8", "203.0.113.5:1234", ""},
		"behind proxy":  {"10.0.0.0/8", "10.0.0.1:1234", ", 203.0.113.5"},
		"behind two":    {"10.0.0.0/8", "10.0.0.1:1234", ", 203.0.113.5, 10.0.0.2"},
		"none trusted":  {"", "203.0.113.5:1234", ", 203.0.113.6"},
		"garbage added": {"10.0.0.0/8", "10.0.0.1:1234", "\x00, 203.0.113.5"},
	} {
		forged := make([]string, 1000)
		for i := range forged {
			v4, v6 := random.Uint32(), random.Uint64()
			forged[i] = netip.AddrFrom4([4]byte{byte(v4 >> 24), byte(v4 >> 16), byte(v4 >> 8), byte(v4)}).String()
			if i%2 == 1 {
				forged[i] += ", " + netip.AddrFrom16([16]byte{0x20, byte(v6 >> 16), byte(v6 >> 8), byte(v6)}).String()
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := proxies(t, tc.trusted)
			l, _ := newLimiter(t, limit.Config{IPv4Addr: hourly(10), IPv6Subnet: hourly(10)})
			passed := 0
			for _, value := range forged {
				passed += allowed(l, p.Client(tc.peer, http.Header{"X-Forwarded-For": {value + tc.suffix}}), 1)
			}
			if passed != 10 {
				t.Errorf("%d of 1000 passed, want the 10 of one bucket", passed)
			}
		})
	}
}

func TestParseProxiesRefuses(t *testing.T) {
	t.Parallel()
	for list, says := range map[string]string{
		"example.com":          "proxy 1: neither",
		"10.0.0.0/8,10.0.0":    "proxy 2: neither",
		"10.0.0.0/33":          "neither",
		"10.0.0.0/":            "neither",
		"10.0.0.1:80":          "neither",
		"[fd00::1]":            "neither",
		"fe80::%eth0/64":       "zone",
		"10.0.0.1/8":           "write 10.0.0.0/8",
		"fd00::1/8":            "write fd00::/8",
		"0.0.0.0/0":            "network of all addresses",
		"::/0":                 "network of all addresses",
		"::ffff:10.0.0.0/104":  "as such",
		"10.0.0.0/8;127.0.0.1": "neither",
	} {
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			_, err := limit.ParseProxies(list)
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v, want one that says %q", err, says)
			}
			var p limit.Proxies
			if p.UnmarshalText([]byte(list)) == nil {
				t.Error("no error as a setting")
			}
		})
	}
	for _, list := range []string{"", " , ", "10.0.0.0/8", "::1,127.0.0.1", "::ffff:10.0.0.1", "0.0.0.0/1"} {
		if _, err := limit.ParseProxies(list); err != nil {
			t.Errorf("%q: %v", list, err)
		}
	}
}

// TestParseProxiesRefusesEverybody shows that networks which together hold all public
// addresses of a family are refused, however they are cut, and that they are accepted if
// one public address is missing.
func TestParseProxiesRefusesEverybody(t *testing.T) {
	t.Parallel()
	// cut returns all networks of n bits within a network.
	cut := func(network string, n int) (all []string) {
		p := netip.MustParsePrefix(network)
		base := p.Addr().AsSlice()
		for i := range 1 << (n - p.Bits()) {
			bytes := slices.Clone(base)
			for bit := range n - p.Bits() {
				if i>>bit&1 == 1 {
					at := n - 1 - bit
					bytes[at/8] |= 0x80 >> (at % 8)
				}
			}
			addr, _ := netip.AddrFromSlice(bytes)
			all = append(all, netip.PrefixFrom(addr, n).String())
		}
		return all
	}
	// allBut returns networks that together have all addresses of the given network but the highest. Each is the lower
	// half of what was left before.
	allBut := func(network string) (all []string) {
		p := netip.MustParsePrefix(network)
		for bits := p.Bits(); bits < p.Addr().BitLen(); bits++ {
			halves := cut(p.String(), bits+1)
			all, p = append(all, halves[0]), netip.MustParsePrefix(halves[1])
		}
		return all
	}
	public := []string{"1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6", "8.0.0.0/7"}
	public = append(public, cut("0.0.0.0/1", 8)[11:127]...)
	public = append(public, "128.0.0.0/3", "160.0.0.0/5", "168.0.0.0/6",
		"172.0.0.0/12", "172.32.0.0/11", "172.64.0.0/10", "172.128.0.0/9",
		"173.0.0.0/8", "174.0.0.0/7", "176.0.0.0/4",
		"192.0.0.0/9", "192.128.0.0/11", "192.160.0.0/13", "192.169.0.0/16", "192.170.0.0/15",
		"192.172.0.0/14", "192.176.0.0/12", "192.192.0.0/10",
		"193.0.0.0/8", "194.0.0.0/7", "196.0.0.0/6", "200.0.0.0/5", "208.0.0.0/4")
	public = slices.DeleteFunc(public, func(p string) bool { return p == "100.0.0.0/8" })
	public = append(public, "100.0.0.0/10", "100.128.0.0/9", "169.0.0.0/8")
	for name, list := range map[string][]string{
		"two halves":           {"0.0.0.0/1", "128.0.0.0/1"},
		"in another order":     {"128.0.0.0/2", "10.0.0.0/8", "192.0.0.0/2", "0.0.0.0/1"},
		"256 parts":            cut("0.0.0.0/0", 8),
		"all but multicast":    {"0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"},
		"all public ones":      public,
		"overlapping":          {"0.0.0.0/1", "64.0.0.0/2", "128.0.0.0/1", "192.0.0.0/8"},
		"all but one, and it":  append(allBut("0.0.0.0/0"), "255.255.255.255"),
		"IPv6, two halves":     {"::/1", "8000::/1"},
		"IPv6, global unicast": {"2000::/3"},
		"IPv6, 256 parts":      cut("2000::/3", 11),
		"IPv6, all but, and":   append(allBut("2000::/3"), "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
		"both":                 {"::/1", "8000::/1", "0.0.0.0/1", "128.0.0.0/1"},
	} {
		if _, err := limit.ParseProxies(strings.Join(list, ",")); err == nil || !strings.Contains(err.Error(), "all public") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, list := range map[string][]string{
		"half":              {"0.0.0.0/1"},
		"all but one":       allBut("0.0.0.0/1"),
		"all but one block": slices.DeleteFunc(cut("0.0.0.0/0", 8), func(p string) bool { return p == "198.0.0.0/8" }),
		"a public missing":  public[1:],
		"private": {
			"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "fc00::/7", "fe80::/10", "::1",
		},
		"IPv6, all but one": allBut("2000::/3"),
		"IPv6, the rest":    {"::/3", "4000::/2", "8000::/1"},
	} {
		if _, err := limit.ParseProxies(strings.Join(list, ",")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzClient shows, for any header, that the result is a plain address, that a peer
// without an address is not trusted, and that the address which a trusted proxy
// appends on the right wins over all that is left of it.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{"198.51.100.1", "8.8.8.8, 10.0.0.2", "[::1]:80,,x", "::ffff:10.0.0.1%z", "]:["} {
		f.Add("10.0.0.1:1", seed)
	}
	f.Add("203.0.113.5:1", "198.51.100.1")
	p := proxies(f, trusted)
	f.Fuzz(func(t *testing.T, peer, value string) {
		alone := p.Client(peer, nil)
		got := p.Client(peer, http.Header{"X-Forwarded-For": {value}})
		if got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%s has a zone or is IPv4-mapped", got)
		}
		if !alone.IsValid() && got.IsValid() {
			t.Fatalf("the header of a peer %q without an address is trusted", peer)
		}
		header := http.Header{"X-Forwarded-For": {value, "203.0.113.99"}}
		if got := p.Client("10.0.0.1:1", header); got.String() != "203.0.113.99" {
			t.Fatalf("%q makes the client %s", value, got)
		}
	})
}

func BenchmarkClient(b *testing.B) {
	p := proxies(b, trusted)
	header := http.Header{"X-Forwarded-For": {"8.8.8.8, 2001:db8::5, 10.0.0.2"}}
	one := func() { p.Client("10.0.0.1:443", header) }
	if n := testing.AllocsPerRun(1000, one); n != 0 {
		b.Fatalf("%v allocations for each request, want none", n)
	}
	for b.Loop() {
		one()
	}
}
