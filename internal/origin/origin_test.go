package origin

import (
	"strings"
	"testing"
)

const shop = "https://shop.example.com"

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		shop, "http://localhost:3000", "https://xn--fiqs8s.example", "http://127.0.0.1:1", "https://[::1]:8443",
		"https://a.example:65535", "https://a.example:80", "http://a.example:443", "https://a_b-c.example",
		"https://1.example",
		"https://[2001:db8::1]", "https://[::ffff:7f00:1]", "http://0.0.0.0", "https://intranet",
	} {
		if err := Check(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "*", "null", "https://", "https://*.example.com", shop + "/", shop + "/a", shop + "?", shop +
			"#", "https://user@example.com", "example.com",
		"//example.com", "ftp://example.com", "https://Example.com", "HTTPS://example.com", "https://中国.example", shop +
			":443", "http://a.example:80", shop + ":",
		"file:///", "chrome-extension://abc", " " + shop, shop + " ", "https://a.example:0443", "https://a.example:08443",
		"https://a.example:0", "https://a.example:00", "https://a.example:65536", "https://a.example:99999999999999999999",
		"http://a.example:080", "https://a.example:+1", "https://a.example.", "https://a.example.:8443", "https://.example",
		"https://a..example",
		"https://a.example%2e", "https://a%20b.example", "https://a!b.example", "https://a,b", "https://a;b", "https://a'b",
		"https://(a)",
		"https://[::1", "https://[::0001]", "https://[0:0:0:0:0:0:0:1]", "https://[::FFFF:7f00:1]",
		"https://[::ffff:127.0.0.1]",
		"https://[fe80::1%25eth0]", "https://[127.0.0.1]", "https://127.1", "https://127.0.0.01", "https://0177.0.0.1",
		"https://0x7f.0.0.1",
		"https://2130706433", "https://256.0.0.1", "https://1.2.3.4.5", "https://a.0x1", "https://" +
			strings.Repeat("a", 254),
		"https://a.example?x", "https://a.example\\", "https:/a.example", "https:a.example", "https:///a.example",
		"https://a.example#",
	} {
		if Check(bad) == nil {
			t.Errorf("%q is an origin", bad)
		}
	}
}
