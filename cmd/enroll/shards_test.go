package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestShards runs deploy/shards/nginx.conf in front of two deployments with a database each. A name can
// be registered in both, tokens and errors stay in their group, and a database that is away stops only
// its own group.
func TestShards(t *testing.T) {
	t.Parallel()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed; on Debian: apt-get install nginx")
	}
	databases := []string{pgtest.EmptyURL(t), pgtest.EmptyURL(t)}
	var groups []*process
	for i, sites := range []string{"1,3", "2"} {
		groups = append(groups, start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+databases[i],
			"ENROLL_DATA_DIR="+t.TempDir(), "ENROLL_SITES="+sites, "ENROLL_TRUSTED_PROXIES=127.0.0.1"))
		groups[i].awaitReady(t)
	}
	p := &process{api: shards(t, nginx, groups), client: http.DefaultClient, turns: make(chan struct{}, 1)}
	const account = `{"user_name":"newuser","password":"MyPassword123"}`
	var tokens []string
	for _, site := range []string{"", "2", "3"} {
		a := p.post(t, "/api/register", account, "Site-Id", site)
		if a.Status != http.StatusOK {
			t.Fatalf("site %q: %+v", site, a)
		}
		tokens = append(tokens, fmt.Sprint(a.Data["token"]))
	}
	if a := p.post(t, "/api/register", account, "Site-Id", "2"); a.Reason != "user_name_taken" {
		t.Errorf("a second time on site 2: %+v", a)
	}
	if a := p.post(t, "/api/register", account, "Site-Id", "4"); a.Reason != "site_unknown" {
		t.Errorf("a site of no group: %+v", a)
	}
	for query, reason := range map[string]string{"2": "user_name_taken", "4": "site_unknown", "3": "user_name_taken"} {
		if a := p.post(t, "/api/register?site_id="+query, account, "Site-Id", "0"); a.Reason != reason {
			t.Errorf("site %s of the query: %+v", query, a)
		}
	}
	if a := p.post(t, "/api/register?site_id=1", account, "Site-Id", "2"); a.Reason != "site_ambiguous" {
		t.Errorf("two sites: %+v", a)
	}
	for i, site := range []string{"1", "2", "3"} {
		for j, token := range tokens {
			want := http.StatusUnauthorized
			if i == j {
				want = http.StatusOK
			}
			if got := detail(t, p.api, site, token); got != want {
				t.Errorf("token %d on site %s: %d", j+1, site, got)
			}
		}
	}
	// Not even a superuser can connect to a database that allows no connections.
	admin, name := pgtest.Open(t, pgtest.URL(t)), databaseName(t, databases[1])
	for _, sql := range []string{
		"ALTER DATABASE " + name + " ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'",
	} {
		if code := pgtest.SQLState(t, admin, sql); code != "" {
			t.Fatalf("%s: %s", sql, code)
		}
	}
	const other = `{"user_name":"another","password":"MyPassword123"}`
	// A statement on a connection that has just been ended has no known outcome.
	if a := p.post(t, "/api/register", other, "Site-Id", "2"); a.Status != http.StatusServiceUnavailable {
		t.Errorf("without its database: %+v", a)
	}
	if a := p.post(t, "/api/register", other, "Site-Id", "1"); a.Status != http.StatusOK {
		t.Errorf("beside a group without its database: %+v", a)
	}
	if code := pgtest.SQLState(t, admin, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS true"); code != "" {
		t.Fatal(code)
	}
	groups[1].awaitReady(t)
	if a := p.post(t, "/api/register", other, "Site-Id", "2"); a.Status != http.StatusOK {
		t.Errorf("with its database again: %+v", a)
	}
}

// detail requests the details of the user with a token, on a site, and returns the status of the answer.
func detail(t *testing.T, api, site, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+"/api/user/detail", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Token", token)
	request.Header.Set("Site-Id", site)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode
}

// shards starts nginx with the project's configuration, in which only addresses are replaced, and returns
// its URL.
func shards(t *testing.T, nginx string, groups []*process) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/shards/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	folder := t.TempDir()
	site := strings.NewReplacer(
		"server 127.0.0.1:8080", "server "+strings.TrimPrefix(groups[0].api, "http://"),
		"server 127.0.0.1:8081", "server "+strings.TrimPrefix(groups[1].api, "http://"),
		"listen 127.0.0.1:8000", "listen "+address,
	).Replace(string(text))
	config := "daemon off;\npid " + folder + "/pid;\nerror_log stderr;\nevents { worker_connections 256; }\n" +
		"http {\naccess_log off;\n"
	if os.Geteuid() == 0 {
		config = "user root;\n" + config // the workers write into the test's folder
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		config += kind + "_temp_path " + folder + "/" + kind + ";\n"
	}
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(config+site+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-c", file, "-p", folder)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // a kill would leave the workers
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 600 {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return "http://" + address
		}
		<-tick.C
	}
	t.Fatal("nginx does not listen")
	return ""
}
