package main

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/captchatest"
	"github.com/enroll-project/enroll/test/pgtest"
)

// solvedBy finds what a shell replaces by the answer to a captcha.
var solvedBy = regexp.MustCompile(`'"\$\(\S+ captcha (\S+)\)"'`)

// curl does what the curl line of a banner does, on machines without curl, too. data is the folder of the service.
func (p *process) curl(t *testing.T, data string) (status int, body string) {
	t.Helper()
	line := p.await(t, `(?m)^  curl -s (.*)$`)
	if found := solvedBy.FindStringSubmatch(line); found != nil {
		line = strings.Replace(line, found[0], solve(t, found[1], data), 1)
	}
	method, sent := http.MethodGet, regexp.MustCompile(`-d '(.*)'`).FindStringSubmatch(line)
	if sent != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), method, strings.Fields(line)[0],
		strings.NewReader(strings.Join(sent[min(1, len(sent)):], "")))
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

// typist types the digits of a picture when they are read.
type typist func() string

func (p typist) Read(b []byte) (int, error) { return copy(b, p()), nil }

// solve runs `enroll captcha` with a person who sees each picture, and returns what it prints.
func solve(t *testing.T, service, data string) string {
	t.Helper()
	// The digits are those of the challenge that passes here.
	var answer string
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := http.Get(service + r.URL.Path)
		if err != nil {
			t.Error(err)
			return
		}
		defer res.Body.Close()
		var issued struct{ Data challenge }
		if err := json.NewDecoder(io.TeeReader(res.Body, w)).Decode(&issued); err != nil {
			t.Error(err)
		}
		file, err := os.ReadFile(filepath.Join(data, "dev-secret"))
		if err != nil {
			t.Error(err)
		}
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(file)), "dev:"))
		if err != nil {
			t.Error(err)
		}
		if answer, err = captchatest.Answer(secret, issued.Data.ID); err != nil {
			t.Error(err)
		}
	}))
	defer between.Close()
	typed := 0
	var told, out strings.Builder
	picture := filepath.Join(t.TempDir(), "captcha.png")
	at := terminal{in: typist(func() string {
		typed++
		return (answer + "\n")[typed-1 : typed] // a terminal gives one character to a read of one byte
	}), tell: &told, out: &out, picture: picture}
	if err := at.solveCaptcha(t.Context(), []string{between.URL + "/"}); err != nil {
		t.Fatal(err)
	}
	if png, err := os.ReadFile(picture); typed > 0 && !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("the picture is %.8q, %v", png, err)
	}
	if asks := strings.Contains(told.String(), picture); asks != (typed > 0) {
		t.Errorf("told %q, and %d characters were read", told.String(), typed)
	}
	return out.String()
}

// TestBannerLine: the printed curl line registers a user, with each kind of captcha that needs no page, and the
// message of the answer is in the language of the environment's locale.
func TestBannerLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ setting, want string }{
		"English":   {"LANG=sv_SE.UTF-8", `"msg":"Registered"`},
		"Chinese":   {"LC_ALL=zh_CN.UTF-8", `"msg":"注册成功"`},
		"image":     {"ENROLL_CAPTCHA=image", `"msg":"Registered"`},
		"pow":       {"ENROLL_CAPTCHA=pow", `"msg":"Registered"`},
		"image+pow": {"ENROLL_CAPTCHA=image+pow", `"msg":"Registered"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+data, c.setting)
			status, body := p.curl(t, data)
			if status != http.StatusOK || !strings.Contains(body, c.want) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

// TestSolveNothing: `enroll captcha` prints nothing where there is nothing to solve, and says why it cannot solve.
func TestSolveNothing(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"code":0,"data":{"captcha_off":true}}`:                              "",
		`{"code":0,"data":{"captcha_off":false,"captcha_type":"siteverify"}}`: `"siteverify"`,
		`{"code":-1,"msg":"Too many requests.","data":null}`:                  "Too many requests.",
		`<html>`: "no answer of Enroll",
		`{"code":0,"data":{"captcha_type":"image","captcha":"data:,x"}}`:           "no picture",
		`{"code":0,"data":{"captcha_type":"pow","salt":"00","bits":25}}`:           "not of this version",
		`{"code":0,"data":{"captcha_type":"pow","salt":"0","bits":1}}`:             "not of this version",
		`{"code":0,"data":{"captcha_type":"image","captcha":"x;base64,iVBORw=="}}`: "no digits",
	} {
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, answer)
		}))
		var out strings.Builder
		at := terminal{strings.NewReader("\n"), io.Discard, &out, filepath.Join(t.TempDir(), "captcha.png")}
		err := at.solveCaptcha(t.Context(), []string{service.URL})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("%s: %q, %v", answer, out.String(), err)
		}
		service.Close()
	}
	for _, args := range [][]string{nil, {"a", "b"}, {"http://127.0.0.1:1"}, {"\x00"}} {
		if err := (terminal{}).solveCaptcha(t.Context(), args); err == nil {
			t.Errorf("%q is no address of a service", args)
		}
	}
}

func TestBanner(t *testing.T) {
	t.Parallel()
	folder, address := t.TempDir(), &net.TCPAddr{IP: net.IPv4zero, Port: 80}
	const register, solved = "/api/register -H", `'"$('/a b/en'\''roll' captcha http://127.0.0.1:80)"'}'`
	for name, c := range map[string]struct {
		environ   []string
		cluster   string
		want, not []string
	}{
		"usual": {nil, filepath.Join(folder, "postgres"),
			[]string{register, "http://127.0.0.1:80/docs/", "Page        http", folder}, []string{solved, "PostgreSQL"}},
		"database of one's own": {nil, "", []string{register}, []string{"PostgreSQL"}},
		"data elsewhere":        {nil, "/var/lib/enroll/postgres-1", []string{folder, "/var/lib/enroll/postgres-1"}, nil},
		"image": {[]string{"ENROLL_CAPTCHA=image"}, "",
			[]string{register, solved, "on the page, or here: open captcha.png"}, nil},
		"pow": {[]string{"ENROLL_CAPTCHA=pow"}, "", []string{register, solved, "the proof of work is computed"}, nil},
		"image+pow": {[]string{"ENROLL_CAPTCHA=image+pow", "ENROLL_PAGE=off"}, "",
			[]string{register, solved, "a user: open captcha.png"}, []string{"on the page"}},
		"siteverify": {
			[]string{"ENROLL_CAPTCHA=siteverify", "ENROLL_SITEVERIFY_URL=https://challenges.example/siteverify",
				"ENROLL_SITEVERIFY_SECRET=s", "ENROLL_SITEVERIFY_SITE_KEY=k", "ENROLL_SITEVERIFY_HOSTNAMES=a.example",
				"ENROLL_PAGE=off"}, "",
			[]string{"your own page"}, []string{register, solved}},
		"captchas elsewhere": {[]string{"ENROLL_CAPTCHA=image", "ENROLL_CAPTCHA_ON=login"}, "", []string{register},
			[]string{solved}},
		"by email": {[]string{"ENROLL_METHODS=email"}, "", []string{"/api/verify/email -H", `"state":"register"`, register},
			[]string{"user_name"}},
		"by email with captchas": {
			[]string{"ENROLL_METHODS=email", "ENROLL_CAPTCHA=pow", "ENROLL_CAPTCHA_ON=verify_email"}, "",
			[]string{`"state":"register"` + solved}, []string{`"CODE"` + solved}},
		"no page": {[]string{"ENROLL_PAGE=off"}, "", []string{"Page        off"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := settings.Read(true, append(c.environ, "ENROLL_DATA_DIR="+folder))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			banner{config, c.cluster, "en", address, address, registerBy(config), "/a b/en'roll"}.print(&out)
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

func TestTongue(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string]string{
		"":                             "en",
		"LANG=C":                       "en",
		"LANG=zh_SG.UTF-8":             "zh-CN",
		"LANG=en_IE@euro":              "en",
		"LANG=POSIX":                   "en",
		"LANG='; rm":                   "en",
		"LANG=zh_CN.UTF-8 LC_ALL=C":    "en",
		"LC_ALL= LC_MESSAGES=zh LANG=": "zh-CN",
	} {
		if got := tongue(strings.Fields(environ)); got != want {
			t.Errorf("%q: %s", environ, got)
		}
	}
}
