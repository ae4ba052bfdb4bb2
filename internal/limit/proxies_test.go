package limit_test

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
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

const ours = "10.0.0.0/8, 192.0.2.7 fd00::/8,fe80::1"

func TestClient(t *testing.T) {
	t.Parallel()
	manyTrusted := strings.TrimSuffix(strings.Repeat("10.0.0.9,", 31), ",")
	for name, tc := range map[string]struct {
		trusted, peer string
		lines         []string
		want          string
	}{
		"no proxy":                 {"", "203.0.113.5:1234", nil, "203.0.113.5"},
		"nobody trusted":           {"", "10.0.0.1:1234", []string{"198.51.100.1"}, "10.0.0.1"},
		"peer not trusted":         {ours, "203.0.113.5:1", []string{"198.51.100.1"}, "203.0.113.5"},
		"one proxy":                {ours, "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxy by address":         {ours, "192.0.2.7:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"its neighbour":            {ours, "192.0.2.8:1", []string{"198.51.100.1"}, "192.0.2.8"},
		"proxy by IPv6":            {ours, "[fd12::1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxy with zone":          {ours, "[fe80::1%eth0]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxy mapped":             {ours, "[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"proxy listed as mapped":   {"::ffff:10.0.0.1", "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		"two proxies":              {ours, "10.0.0.1:1", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		"made-up head":             {ours, "10.0.0.1:1", []string{"127.0.0.1, 8.8.8.8, 198.51.100.1"}, "198.51.100.1"},
		"made-up proxy":            {ours, "10.0.0.1:1", []string{"8.8.8.8, 10.0.0.2, 198.51.100.1"}, "198.51.100.1"},
		"lines are joined":         {ours, "10.0.0.1:1", []string{"8.8.8.8", "198.51.100.1, 10.0.0.3", "10.0.0.2"}, "198.51.100.1"},
		"proxy names nobody":       {ours, "10.0.0.1:1", nil, "10.0.0.1"},
		"all are proxies":          {ours, "10.0.0.1:1", []string{"10.0.0.3", "10.0.0.2"}, "10.0.0.3"},
		"empty elements":           {ours, "10.0.0.1:1", []string{"198.51.100.1 , ,", "", "\t10.0.0.2,"}, "198.51.100.1"},
		"garbage at once":          {ours, "10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		"garbage after a proxy":    {ours, "10.0.0.1:1", []string{"198.51.100.1, _hidden, 10.0.0.2"}, "10.0.0.2"},
		"garbage further left":     {ours, "10.0.0.1:1", []string{"<script>, 198.51.100.1"}, "198.51.100.1"},
		"garbage of 64 bytes":      {ours, "10.0.0.1:1", []string{"fe80::1%" + strings.Repeat("a", 57)}, "10.0.0.1"},
		"port":                     {ours, "10.0.0.1:1", []string{"198.51.100.1:443"}, "198.51.100.1"},
		"port out of range":        {ours, "10.0.0.1:1", []string{"198.51.100.1:65536"}, "10.0.0.1"},
		"brackets and port":        {ours, "10.0.0.1:1", []string{"[2001:db8::5]:443"}, "2001:db8::5"},
		"brackets":                 {ours, "10.0.0.1:1", []string{"[2001:db8::5]"}, "2001:db8::5"},
		"brackets, none":           {ours, "10.0.0.1:1", []string{"2001:db8::5"}, "2001:db8::5"},
		"brackets round IPv4":      {ours, "10.0.0.1:1", []string{"[198.51.100.1]"}, "10.0.0.1"},
		"one bracket":              {ours, "10.0.0.1:1", []string{"[2001:db8::5"}, "10.0.0.1"},
		"zone of a client":         {ours, "10.0.0.1:1", []string{"2001:db8::5%x"}, "2001:db8::5"},
		"mapped client":            {ours, "10.0.0.1:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"mapped proxy":             {ours, "10.0.0.1:1", []string{"198.51.100.1, ::ffff:a00:2"}, "198.51.100.1"},
		"leading zeros":            {ours, "10.0.0.1:1", []string{"198.51.100.01"}, "10.0.0.1"},
		"network":                  {ours, "10.0.0.1:1", []string{"198.51.100.1/32"}, "10.0.0.1"},
		"32 entries are read":      {ours, "10.0.0.1:1", []string{"198.51.100.1," + manyTrusted}, "198.51.100.1"},
		"33 are not":               {ours, "10.0.0.1:1", []string{"198.51.100.1,10.0.0.8," + manyTrusted}, "10.0.0.8"},
		"33 over lines":            {ours, "10.0.0.1:1", []string{"198.51.100.1", "10.0.0.8", manyTrusted}, "10.0.0.8"},
		"empty elements count too": {ours, "10.0.0.1:1", []string{"198.51.100.1" + strings.Repeat(",", 32)}, "10.0.0.1"},
		"peer without port":        {ours, "10.0.0.1", []string{"198.51.100.1"}, "198.51.100.1"},
		"Unix socket":              {ours, "@", []string{"198.51.100.1"}, "invalid IP"},
		"no peer":                  {ours, "", []string{"198.51.100.1"}, "invalid IP"},
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

// ASVS 4.1.3: a peer that is not trusted cannot get itself more buckets.
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
		"0.0.0.0/0":            "everybody",
		"::/0":                 "everybody",
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

// Whatever stands in the header, the client is the peer, or an address that the
// header holds and that stands right of all that is made up.
func FuzzClient(f *testing.F) {
	for _, seed := range []string{"198.51.100.1", "8.8.8.8, 10.0.0.2", "[::1]:80,,x", "::ffff:10.0.0.1%z", "]:["} {
		f.Add("10.0.0.1:1", seed)
	}
	f.Add("203.0.113.5:1", "198.51.100.1")
	p := proxies(f, ours)
	f.Fuzz(func(t *testing.T, peer, value string) {
		alone := p.Client(peer, nil)
		got := p.Client(peer, http.Header{"X-Forwarded-For": {value}})
		if got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%s is not in its plain form", got)
		}
		if !alone.IsValid() && got.IsValid() {
			t.Fatalf("a peer %q without address is believed", peer)
		}
		// What a trusted proxy adds on the right wins over everything.
		header := http.Header{"X-Forwarded-For": {value, "203.0.113.99"}}
		if got := p.Client("10.0.0.1:1", header); got.String() != "203.0.113.99" {
			t.Fatalf("%q makes the client %s", value, got)
		}
	})
}

func BenchmarkClient(b *testing.B) {
	p := proxies(b, ours)
	header := http.Header{"X-Forwarded-For": {"8.8.8.8, 2001:db8::5, 10.0.0.2"}}
	one := func() { p.Client("10.0.0.1:443", header) }
	if n := testing.AllocsPerRun(1000, one); n != 0 {
		b.Fatalf("%v allocations for each request, want none", n)
	}
	for b.Loop() {
		one()
	}
}
