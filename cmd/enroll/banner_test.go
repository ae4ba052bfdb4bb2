package main

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

// curl does what the curl line of a banner does, on machines without curl, too.
func (p *process) curl(t *testing.T) (status int, body string) {
	t.Helper()
	line := p.await(t, `(?m)^  curl -s (.*)$`)
	method, data := http.MethodGet, regexp.MustCompile(`-d '(.*)'`).FindStringSubmatch(line)
	if data != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), method, strings.Fields(line)[0],
		strings.NewReader(strings.Join(data[min(1, len(data)):], "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range regexp.MustCompile(`-H '([^:]*): ([^']*)'`).FindAllStringSubmatch(line, -1) {
		req.Header.Set(h[1], h[2])
	}
	res, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestBannerLine: the printed curl line registers a user, and the message of the
// answer is in the language of the environment's locale.
func TestBannerLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ setting, want string }{
		"English":  {"LANG=de_DE.UTF-8", `"msg":"Registered"`},
		"Chinese":  {"LC_ALL=zh_CN.UTF-8", `"msg":"注册成功"`},
		"captchas": {"ENROLL_CAPTCHA=image", `"captcha_id":`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t),
				"ENROLL_DATA_DIR="+t.TempDir(), c.setting)
			status, body := p.curl(t)
			if status != http.StatusOK || !strings.Contains(body, c.want) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

func TestBanner(t *testing.T) {
	t.Parallel()
	folder, address := t.TempDir(), &net.TCPAddr{IP: net.IPv4zero, Port: 80}
	const register, captcha = "/api/register -H", "/api/captcha\n"
	for name, c := range map[string]struct {
		environ   []string
		cluster   string
		want, not []string
	}{
		"usual": {nil, filepath.Join(folder, "postgres"),
			[]string{register, "http://127.0.0.1:80/docs/", "Page        http", folder}, []string{captcha, "PostgreSQL"}},
		"database of one's own": {nil, "", []string{register}, []string{"PostgreSQL"}},
		"data elsewhere":        {nil, "/var/lib/enroll/postgres-1", []string{folder, "/var/lib/enroll/postgres-1"}, nil},
		"captchas":              {[]string{"ENROLL_CAPTCHA=pow"}, "", []string{captcha}, []string{register}},
		"captchas elsewhere": {[]string{"ENROLL_CAPTCHA=image", "ENROLL_CAPTCHA_ON=login"}, "", []string{register},
			[]string{captcha}},
		"by email": {[]string{"ENROLL_METHODS=email"}, "", []string{"/api/verify/email -H", `"state":"register"`, register},
			[]string{"user_name"}},
		"no page": {[]string{"ENROLL_PAGE=off"}, "", []string{"Page        off"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := settings.Read(true, append(c.environ, "ENROLL_DATA_DIR="+folder))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			banner{config, c.cluster, "en", address, address, registerBy(config)}.print(&out)
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in %s", want, out.String())
				}
			}
			for _, not := range c.not {
				if strings.Contains(out.String(), not) {
					t.Errorf("%q in %s", not, out.String())
				}
			}
		})
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string]string{
		"":                             "en",
		"LANG=C":                       "en",
		"LANG=zh_TW.UTF-8":             "zh-CN",
		"LANG=zh_CN.UTF-8 LC_ALL=C":    "en",
		"LC_ALL= LC_MESSAGES=zh LANG=": "zh-CN",
	} {
		if got := language(strings.Fields(environ)); got != want {
			t.Errorf("%q: %s", environ, got)
		}
	}
}
