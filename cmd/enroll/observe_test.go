package main

import (
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

const observe = "../../deploy/observe/"

// program returns the path of a program of Prometheus, and skips the test where it is not installed.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: the Debian package prometheus has it", name)
	}
	return path
}

// TestAlerts runs the tests of the alert rules. Each alert has such a test, in which it fires, and a
// runbook.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool := program(t, "promtool")
	for _, args := range [][]string{
		{"check", "config", observe + "prometheus.yaml"}, {"test", "rules", observe + "alerts_test.yaml"},
	} {
		if out, err := exec.Command(promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	tests, runbooks := read(t, observe+"alerts_test.yaml"), read(t, "../../docs/observe.md")
	alerts := regexp.MustCompile(`(?m)^ *- alert: (\w+)$`).FindAllStringSubmatch(read(t, observe+"alerts.yaml"), -1)
	if len(alerts) < 10 {
		t.Fatalf("%d alerts, want at least 10", len(alerts))
	}
	for _, a := range alerts {
		fires := regexp.MustCompile(`alertname: ` + a[1] + `\n *eval_time: \w+\n *exp_alerts:\n *- exp_labels`)
		if !fires.MatchString(tests) {
			t.Errorf("%s fires in no test", a[1])
		}
		if !strings.Contains(tests, "runbook: docs/observe.md#"+strings.ToLower(a[1])) ||
			!strings.Contains(runbooks, "### "+a[1]+"\n") {
			t.Errorf("%s has no runbook", a[1])
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDashboard lets a real Prometheus scrape a real service in which everything that is measured has
// happened. Each query of the dashboard then has a result, and each rule names metrics that exist.
func TestDashboard(t *testing.T) {
	t.Parallel()
	prometheus := program(t, "prometheus")
	breached := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("0", 35) + ":1\n"))
	}))
	t.Cleanup(breached.Close)
	secret := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL="+breached.URL, "ENROLL_SMS_WEBHOOK_SECRET="+secret,
		"ENROLL_RECEIPTS=webhook", "ENROLL_RECEIPTS_ADDR=127.0.0.1:0",
		"ENROLL_BREACH_CHECK_URL="+breached.URL+"/range/",
		// Its answer is no decision, which is counted, too.
		"ENROLL_HOOK_URL="+breached.URL, "ENROLL_HOOK_SECRET=whsec_"+strings.Repeat("A", 44), "ENROLL_HOOK_FAIL=open",
		"ENROLL_SMS_PRICES="+pricesOf(t, "currency CNY\n* * 0.05"), "ENROLL_SMS_BUDGET=50.00/1d",
		"ENROLL_EVENTS_URL="+breached.URL, // it accepts all requests
		"ENROLL_EVENTS_SECRET="+secret)
	p.awaitReady(t)
	receipts := "http://" + p.await(t, `receipts_addr"?[:=]"?([0-9.:]+)`)
	server := scrape(t, prometheus, strings.TrimPrefix(p.ops, "http://"))
	// A rate needs two samples, and the second must be larger for a quantile. The hook is asked about a free name only.
	for _, name := range []string{"newuser", "newperson"} {
		p.post(t, "/api/register", `{"user_name":"`+name+`","password":"MyPassword123"}`)
		p.post(t, "/api/login", `{"user_name":"`+name+`","password":"MyPassword124"}`)
		p.post(t, "/api/verify/phone", `{"phone":"13800138000"}`)
		if status := p.sendReceipt(t, receipts, secret, name); status != http.StatusOK {
			t.Errorf("a receipt: %d", status)
		}
		server.awaitSamples(t, server.samples(t)+2)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, observe+"dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	queries := 0
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			queries++
			if n := server.query(t, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")); n == 0 {
				t.Errorf("%s: %s has no result", panel.Title, target.Expr)
			}
		}
	}
	if queries < 20 {
		t.Errorf("the dashboard has %d queries", queries)
	}
	for _, metric := range regexp.MustCompile(`\benroll_\w+`).FindAllString(server.rules(t), -1) {
		if server.query(t, metric) == 0 {
			t.Errorf("the rules name %s, which does not exist", metric)
		}
	}
}

// prometheusServer is a running Prometheus.
type prometheusServer struct{ url string }

// scrape starts a Prometheus with the project's configuration, in which only the target and the intervals
// are replaced.
func scrape(t *testing.T, program, target string) prometheusServer {
	t.Helper()
	folder := t.TempDir()
	config := strings.NewReplacer("127.0.0.1:9090", target, "interval: 15s", "interval: 1s").
		Replace(read(t, observe+"prometheus.yaml"))
	for name, text := range map[string]string{"prometheus.yaml": config, "alerts.yaml": read(t, observe+"alerts.yaml")} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	cmd := exec.Command(program, "--config.file="+filepath.Join(folder, "prometheus.yaml"),
		"--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+address)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	return prometheusServer{"http://" + address}
}

// answer returns the data of a call of Prometheus's API, nil while it does not answer.
func (s prometheusServer) answer(t *testing.T, path string) json.RawMessage {
	t.Helper()
	answer, err := http.Get(s.url + path)
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	var body struct {
		Data  json.RawMessage
		Error string
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return nil
	}
	if body.Error != "" {
		t.Errorf("%s: %s", path, body.Error)
	}
	return body.Data
}

// query returns the number of results of a query.
func (s prometheusServer) query(t *testing.T, expr string) int {
	t.Helper()
	var data struct{ Result []json.RawMessage }
	if err := json.Unmarshal(s.answer(t, "/api/v1/query?query="+url.QueryEscape(expr)), &data); err != nil {
		t.Errorf("%s: %v", expr, err)
	}
	return len(data.Result)
}

// samples returns how often the service was scraped.
func (s prometheusServer) samples(t *testing.T) int {
	t.Helper()
	var data struct {
		Result []struct{ Value [2]any }
	}
	path := "/api/v1/query?query=" + url.QueryEscape(`count_over_time(enroll_ready[1h])`)
	if json.Unmarshal(s.answer(t, path), &data) != nil || len(data.Result) == 0 {
		return 0
	}
	var n int
	_ = json.Unmarshal([]byte(data.Result[0].Value[1].(string)), &n)
	return n
}

// awaitSamples returns once the service was scraped n times.
func (s prometheusServer) awaitSamples(t *testing.T, n int) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 1200 {
		if s.samples(t) >= n {
			return
		}
		<-tick.C
	}
	t.Fatalf("Prometheus did not scrape %d times", n)
}

// rules returns the rules that are loaded, as JSON.
func (s prometheusServer) rules(t *testing.T) string {
	t.Helper()
	return string(s.answer(t, "/api/v1/rules"))
}
