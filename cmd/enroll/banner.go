package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/settings"
)

// banner is the text that `serve --dev` prints when it is ready. Outside --dev one
// log line takes its place, because the output is then read by machines.
type banner struct {
	config   settings.Config
	cluster  string // folder of the private PostgreSQL, empty if there is none
	language string // for the Accept-Language header of the printed command
	api, ops net.Addr
	methods  []account.Method // by which people can register
}

// print writes the addresses, the folders and a command that registers a user.
func (b banner) print(out io.Writer) {
	base, folder := "http://"+reachable(b.api), absolute(b.config.DataDir)
	page := "off"
	if b.config.Page == "on" {
		page = base + "/"
	}
	// The words "for development" distinguish this start from one in production.
	fmt.Fprintf(out, "\nEnroll %s is ready, for development.\n", version)
	// The lines are in the order in which a newcomer needs them.
	lines := []struct{ name, value string }{
		{"Page", page}, {"API", base + "/api/register"}, {"Statuses", statuses(b.config)},
		{"Methods", methodNames(b.methods) + " (ENROLL_METHODS)"},
		{"Swagger UI", base + "/docs/"},
		{"Metrics", "http://" + reachable(b.ops) + "/metrics"}, {"Data", folder},
	}
	// If this process runs as root, PostgreSQL runs as another account. If that account
	// cannot enter the data folder, devpg keeps the cluster elsewhere.
	if b.cluster != "" && filepath.Dir(b.cluster) != folder {
		lines = append(lines, struct{ name, value string }{"PostgreSQL", b.cluster + ", deleted with the folder above"})
	}
	for _, l := range lines {
		fmt.Fprintf(out, "  %-11s %s\n", l.name, l.value)
	}
	fmt.Fprintf(out, "\n%s\n", b.registration(base))
}

// statuses says in words which HTTP statuses refusals have, and which setting decides it. A developer that
// expects 200 and sees 409, or the reverse, finds the reason in the first lines of the output.
func statuses(c settings.Config) string {
	switch {
	case c.Compat != "":
		return "200 for refusals under /api too (ENROLL_COMPAT=" + c.Compat + ")"
	case alwaysOK(c):
		return "200 for refusals under /api too (ENROLL_HTTP_STATUS=always-200)"
	}
	return "400 to 503 for refusals (ENROLL_HTTP_STATUS=standard)"
}

// registration returns a command that registers a user. If registrations need a
// captcha, it names the steps instead, because a person has to solve the captcha.
func (b banner) registration(base string) string {
	// The command is one line that a shell takes as it is. Its user name and password
	// are those of the documentation.
	if b.config.Captcha != "off" && slices.Contains(b.config.CaptchaOn, string(account.OnRegister)) {
		return fmt.Sprintf(`Captchas are on (ENROLL_CAPTCHA=%s): register a user on the page, or by the steps of
docs/quickstart.md, "Turn captchas on", which begin with
  curl -s %s/api/captcha
`, b.config.Captcha, base)
	}
	// A user name is preferred if it is offered: it needs one command, and a code needs two.
	if !slices.Contains(b.methods, account.ByUserName) {
		return b.registrationByCode(base)
	}
	return fmt.Sprintf(`Register a user:
  curl -s %s/api/register -H 'Content-Type: application/json' -H 'Accept-Language: %s' -d '%s'
`, base, b.language, `{"user_name":"newuser","password":"MyPassword123"}`)
}

// registrationByCode returns the two commands of a registration without a user name. With the sender
// log, which is the default of --dev, the code is in the log.
func (b banner) registrationByCode(base string) string {
	// The phone comes before the email, as in the list of ENROLL_METHODS.
	path, request, field := "/api/verify/phone", `{"phone":"13800138000"}`, `"phone":"13800138000"`
	if !slices.Contains(b.methods, account.ByPhone) {
		path, request = "/api/verify/email", `{"email":"newuser@example.com","state":"register"}`
		field = `"email":"newuser@example.com"`
	}
	return fmt.Sprintf(`Register a user: request a code, then send it. With the sender log, the code is in this output.
  curl -s %[1]s%[2]s -H 'Content-Type: application/json' -H 'Accept-Language: %[3]s' -d '%[4]s'
  curl -s %[1]s/api/register -H 'Content-Type: application/json' -H 'Accept-Language: %[3]s' -d '{%[5]s,"code":"CODE"}'
`, base, path, b.language, request, field)
}

// language returns "zh-CN" if the locale of the environment is Chinese, else "en".
// The first variable of the three that is set decides, and an empty one counts as unset
// (POSIX, "Internationalization Variables").
func language(environ []string) string {
	// The names are in the order of precedence that POSIX gives.
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

// absolute returns the folder as an absolute path. If the working directory has been
// deleted, there is no absolute path, and absolute returns the folder unchanged.
func absolute(folder string) string {
	if path, err := filepath.Abs(folder); err == nil {
		return path
	}
	return folder
}

// reachable returns the address in a form that a client on this machine can open. A
// server that listens on all interfaces has the address 0.0.0.0 or ::, and reachable
// returns 127.0.0.1 in its place.
func reachable(a net.Addr) string {
	// An address without a port is returned as it is.
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(strings.TrimSpace(host), port)
}
