package main

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestHookPage: the receiver of docs/hook.md, built from the page, decides about registrations of a real service, and
// refuses a request that Enroll has not signed.
func TestHookPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/hook.md")
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile("(?s)```go hook.go\n(.*?)```").FindSubmatch(page)
	if program == nil {
		t.Fatal("the page has no program hook.go")
	}
	folder := t.TempDir()
	source, binary := filepath.Join(folder, "hook.go"), filepath.Join(folder, "hook")
	if err := os.WriteFile(source, program[1], 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte("cAnArY hook secret, 32 bytes and more"))
	receiver := exec.Command(binary)
	receiver.Env = append(os.Environ(), "ENROLL_HOOK_SECRET="+secret, "PORT=0")
	out, err := receiver.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = receiver.Process.Kill(); _ = receiver.Wait() })
	line := make([]byte, 256)
	n, err := out.Read(line)
	url := strings.TrimSpace(strings.TrimPrefix(string(line[:n]), "listening on "))
	if err != nil || !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatalf("%v: %s", err, line[:n])
	}
	forged, err := http.Post(url, "application/json", strings.NewReader(`{"type":"user.registering","data":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = forged.Body.Close()
	if forged.StatusCode != http.StatusUnauthorized {
		t.Errorf("a forged request is answered with %d", forged.StatusCode)
	}
	p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DB_CHECK=warn",
		"ENROLL_CAPTCHA=off", "ENROLL_HOOK_URL="+url, "ENROLL_HOOK_SECRET="+secret)...)
	const mail = "cAnArY@elsewhere.example"
	a := p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123","email":"`+mail+`"}`,
		"Accept-Language", "en")
	if a.Status != 403 || a.Reason != "not_admitted" || a.Msg != "Please use the email of your company." {
		t.Errorf("an email of another domain: %+v", a)
	}
	a = p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123","email":"new@example.com"}`)
	if a.Status != 200 {
		t.Errorf("an email of the company: %+v", a)
	}
	_, metrics := get(t, p.ops+"/metrics")
	for _, want := range []string{
		`enroll_hook_requests_total{result="allowed"} 1`, `enroll_hook_requests_total{result="denied"} 1`,
		"enroll_hook_seconds_count 2",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no metric %s", want)
		}
	}
	p.stop(t)
	if text := strings.ToLower(p.output() + metrics); strings.Contains(text, "canary") || strings.Contains(text, secret) {
		t.Errorf("the log or the metrics have a secret or an identifier:\n%s", p.output())
	}
}

// TestHookFails: without a decision a registration is refused, or admitted with ENROLL_HOOK_FAIL=open. The log says why
// and has neither the answer nor an identifier nor the URL.
func TestHookFails(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := 0
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.Copy(w, r.Body) // like a program that prints the value on which it failed
	}))
	t.Cleanup(receiver.Close)
	for mode, want := range map[string]string{"closed": "unavailable", "open": ""} {
		p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DB_CHECK=warn",
			"ENROLL_CAPTCHA=off", "ENROLL_HOOK_FAIL="+mode, "ENROLL_HOOK_URL="+receiver.URL+"/?key=cAnArYkey",
			"ENROLL_HOOK_SECRET=whsec_"+base64.StdEncoding.EncodeToString([]byte("cAnArY hook secret, 32 bytes and more")))...)
		a := p.post(t, "/api/register", `{"user_name":"canaryuser","password":"MyPassword123","email":"canary@example.com"}`)
		if a.Reason != want {
			t.Errorf("%s: %+v", mode, a)
		}
		_, metrics := get(t, p.ops+"/metrics")
		if !strings.Contains(metrics, `enroll_hook_requests_total{result="invalid"} 1`) {
			t.Errorf("%s: the failure is not counted", mode)
		}
		p.stop(t)
		if mode == "closed" && !strings.Contains(p.output(), "hook: no decision: an answer with the status 500") {
			t.Errorf("the log does not say why:\n%s", p.output())
		}
		if text := strings.ToLower(p.output() + metrics); strings.Contains(text, "canary") {
			t.Errorf("%s: the log or the metrics have a secret or an identifier:\n%s", mode, p.output())
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}
