package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/account"
)

// banner is what `serve --dev` prints when it is ready.
type banner struct {
	config   config
	cluster  string // folder of the private PostgreSQL, empty if there is none
	language string // of the person who reads it, as in Accept-Language
	api, ops net.Addr
}

// print says where everything is, and how to register a user.
func (b banner) print(out io.Writer) {
	base, folder := "http://"+reachable(b.api), absolute(b.config.DataDir)
	page := "off"
	if b.config.Page == "on" {
		page = base + "/"
	}
	fmt.Fprintf(out, "\nEnroll %s is ready, for development.\n", version)
	lines := []struct{ name, value string }{
		{"Page", page}, {"API", base + "/api/register"}, {"Swagger UI", base + "/docs/"},
		{"Metrics", "http://" + reachable(b.ops) + "/metrics"}, {"Data", folder},
	}
	if b.cluster != "" && filepath.Dir(b.cluster) != folder {
		lines = append(lines, struct{ name, value string }{"PostgreSQL", b.cluster + ", deleted with the folder above"})
	}
	for _, l := range lines {
		fmt.Fprintf(out, "  %-11s %s\n", l.name, l.value)
	}
	fmt.Fprintf(out, "\n%s\n", b.registration(base))
}

// registration is a command that registers a user. With captchas there is none,
// because a captcha is for a person to solve.
func (b banner) registration(base string) string {
	if b.config.Captcha != "off" && slices.Contains(b.config.CaptchaOn, string(account.OnRegister)) {
		return fmt.Sprintf(`Captchas are on (ENROLL_CAPTCHA=%s): register a user on the page, or by the steps of
docs/quickstart.md, "Turn captchas on", which begin with
  curl -s %s/api/captcha
`, b.config.Captcha, base)
	}
	return fmt.Sprintf(`Register a user:
  curl -s %s/api/register -H 'Content-Type: application/json' -H 'Accept-Language: %s' -d '%s'
`, base, b.language, `{"user_name":"newuser","password":"MyPassword123"}`)
}

// language is the language of messages that a person with these locale settings
// reads: Chinese if they say so, else English. The first variable that is set
// counts (POSIX, "Internationalization Variables").
func language(environ []string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		for _, pair := range environ {
			if value, found := strings.CutPrefix(pair, name+"="); found && value != "" {
				if strings.HasPrefix(value, "zh") {
					return "zh-CN"
				}
				return "en"
			}
		}
	}
	return "en"
}

func absolute(folder string) string {
	if path, err := filepath.Abs(folder); err == nil {
		return path
	}
	return folder
}

// reachable is an address that a person on this machine can open.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(strings.TrimSpace(host), port)
}
