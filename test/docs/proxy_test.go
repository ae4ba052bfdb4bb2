//go:build docs

package docs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// certificate writes a certificate for the site, and its key.
func certificate(t *testing.T, k kit) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"enroll.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return k.write(t, encode("CERTIFICATE", der), "site", "cert.pem"),
		k.write(t, encode("PRIVATE KEY", secret), "site", "key.pem")
}

// client returns an HTTP client that connects from the given address of loopback.
func client(t *testing.T, address string) *http.Client {
	t.Helper()
	transport := &http.Transport{
		DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext,
		// The certificate is the test's own, so no authority vouches for it.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "enroll.example.com"},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// site starts deploy/nginx.conf in front of Enroll, with the number of connections that its first
// lines recommend. It returns the URL and the port of plain HTTP.
func site(t *testing.T, s stage, k kit, folder string) (url, plain string) {
	t.Helper()
	raw, err := os.ReadFile("../../deploy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	const lines = `(?m)^#     (worker_rlimit_nofile \d+;)\n#     (events \{ worker_connections \d+; \})$`
	room := regexp.MustCompile(lines).FindSubmatch(raw)
	if room == nil {
		t.Fatal("the file does not say how many connections nginx needs")
	}
	cert, key := certificate(t, k)
	file := page{t, "deploy/nginx.conf", map[string]string{"nginx.conf": string(raw)}}
	plain = port(t)
	p := nginxWith(t, string(room[1])+"\n"+string(room[2]), k.path(folder), func(port string) string {
		return file.program("nginx.conf", "listen 443 ssl", "listen 127.0.0.1:"+port+" ssl", "listen [::]:443 ssl http2;\n",
			"\n",
			"listen 80;", "listen 127.0.0.1:"+plain+";", "listen [::]:80;\n", "\n",
			"/etc/ssl/enroll.example.com.pem", cert, "/etc/ssl/private/enroll.example.com.key", key,
			"127.0.0.1:8080", strings.TrimPrefix(s.enroll, "http://"))
	})
	return strings.Replace(p.url, "http:", "https:", 1), plain
}

// stands runs deploy/nginx.conf in front of Enroll: each client counts under its own
// address, and an X-Forwarded-For header of the client is ignored.
func stands(t *testing.T, s stage, k kit) {
	base, plain := site(t, s, k, "site")
	secure := base + "/api/captcha"
	greedy, modest := client(t, "127.0.0.9"), client(t, "127.0.1.9")
	limited := 0
	for i := range 400 {
		// The client claims another address each time.
		status, _, err := try(greedy, http.MethodGet, secure, "",
			map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.%d.%d", i/250, 1+i%250)})
		if err != nil {
			t.Fatal(err)
		}
		if status == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited < 50 {
		t.Errorf("%d of 400 requests of one client were limited to 300 a minute, want at least 50", limited)
	}
	if status, answer, err := try(modest, http.MethodGet, secure, "", nil); err != nil || status != http.StatusOK {
		t.Errorf("another client: %v %d %s", err, status, answer)
	}
	for path, want := range map[string]int{"/": http.StatusPermanentRedirect, "/api/captcha": http.StatusForbidden} {
		status, answer, err := try(modest, http.MethodGet, "http://127.0.0.1:"+plain+path, "", nil)
		if err != nil || status != want {
			t.Errorf("plain HTTP, %s: %v %d %s", path, err, status, answer)
		}
	}
	register := strings.Replace(secure, "captcha", "register", 1)
	for size, says := range map[int]string{20 << 10: `"reason":"body_too_large"`, 100 << 10: "nginx"} {
		body := `{"user_name":"` + strings.Repeat("x", size) + `"}`
		status, answer, err := try(modest, http.MethodPost, register, body,
			map[string]string{"Content-Type": "application/json"})
		if err != nil || status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, says) {
			t.Errorf("a body of %d bytes: %v %d %s", size, err, status, answer)
		}
	}
	// The largest upload reaches Enroll, which answers that the request has no token.
	avatar := strings.Replace(secure, "captcha", "user/avatar", 1)
	status, answer, err := try(modest, http.MethodPost, avatar, strings.Repeat("x", 1<<20),
		map[string]string{"Content-Type": "multipart/form-data; boundary=x"})
	if err != nil || status != http.StatusUnauthorized || !strings.Contains(answer, `"reason":"token_missing"`) {
		t.Errorf("an upload of 1 MiB: %v %d %s", err, status, answer)
	}
}

// halves sends 1,700 half requests from one address. Another client is served meanwhile, and
// nginx ends them all.
func halves(t *testing.T, s stage, k kit) {
	base, _ := site(t, s, k, "halves")
	host := strings.TrimPrefix(base, "https://")
	greedy := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.9")}}
	var held []net.Conn
	t.Cleanup(func() {
		for _, conn := range held {
			_ = conn.Close()
		}
	})
	for i := range 1700 {
		conn, err := greedy.Dial("tcp", host)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		held = append(held, conn)
		secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: "enroll.example.com"})
		if _, err := io.WriteString(secure, "GET /api/captcha HTTP/1.1\r\nHost: enroll.exam"); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	if status, answer, err := try(client(t, "127.0.1.9"), http.MethodGet, base+"/api/captcha", "", nil); err != nil ||
		status != http.StatusOK {
		t.Errorf("another client: %v %d %s", err, status, answer)
	}
	for i, conn := range held {
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
}
