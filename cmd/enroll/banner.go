package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/settings"
)

// banner is the text that `serve --dev` prints when it is ready. Outside --dev one
// log line takes its place, because the output is then read by machines.
type banner struct {
	config   settings.Config
	cluster  string // folder of the private PostgreSQL, empty if there is none
	language string // for the Accept-Language header of the printed command
	api, ops net.Addr
	methods  []account.Method // by which people can register; none if sign-up is closed
	program  string           // how this program was called
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
		{"Methods", b.ways()},
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

// ways says by which methods people can register, and which setting decides it.
func (b banner) ways() string {
	if b.config.Signup == "closed" {
		return "none, sign-up is closed (ENROLL_SIGNUP)"
	}
	// An invitation changes no method: a registration by any of them also needs the code of the invitation.
	if b.config.Signup == "invite" {
		return methodNames(b.methods) + " (ENROLL_METHODS), with an invitation (ENROLL_SIGNUP)"
	}
	if b.config.Signup == "approval" {
		return methodNames(b.methods) + " (ENROLL_METHODS), then an operator approves (ENROLL_SIGNUP)"
	}
	return methodNames(b.methods) + " (ENROLL_METHODS)"
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

// registration returns a command that registers a user. If registrations need a captcha, the command solves it, with
// the help of a person if it has a picture.
func (b banner) registration(base string) string {
	if b.config.Signup == "closed" {
		return "Sign-up is closed (ENROLL_SIGNUP=closed): operators create users, with enroll user create.\n"
	}
	// The commands of operators have no --dev, so this start cannot print one that makes an invitation: its database may
	// be a private one, whose URL changes with each start.
	if b.config.Signup == "invite" {
		return "Sign-up is by invitation (ENROLL_SIGNUP=invite): operators make invitations, with enroll invite create.\n"
	}
	asked := b.config.Captcha != "off" && slices.Contains(b.config.CaptchaOn, string(account.OnRegister))
	// The token of a widget comes from a page of the operator's own: neither the pages of Enroll, which are off with
	// this kind, nor a command can get one.
	if asked && b.config.Captcha == "siteverify" {
		return `Captchas are on (ENROLL_CAPTCHA=siteverify): each registration needs, as "captcha", the token of the widget
that your own page shows. docs/page.md says where to show it.
`
	}
	about := "Register a user:"
	if asked {
		// The page is the easier way, so it comes first.
		where := ""
		if b.config.Page == "on" {
			where = " on the page, or here"
		}
		about = fmt.Sprintf("Captchas are on (ENROLL_CAPTCHA=%s). Register a user%s: %s",
			b.config.Captcha, where, solving[b.config.Captcha])
	}
	// A user name is preferred if it is offered: it needs one command, and a code needs two.
	if !slices.Contains(b.methods, account.ByUserName) {
		return b.registrationByCode(about, base)
	}
	// The command is one line that a shell takes as it is. Its user name and password are those of the documentation.
	return fmt.Sprintf(`%s
  curl -s %s/api/register -H 'Content-Type: application/json' -H 'Accept-Language: %s' -d '%s%s}'
`, about, base, b.language, `{"user_name":"newuser","password":"MyPassword123"`+b.needed(),
		b.solved(account.OnRegister, base))
}

// solving says, for each kind of captcha, what happens after the printed command has started. siteverify is missing,
// because no command can solve it.
var solving = map[string]string{
	"image":     "open captcha.png and type its digits.",
	"image+pow": "open captcha.png and type its digits.",
	"pow":       "the proof of work is computed.",
}

// solved returns the end of a body in a printed command: a call of `enroll captcha` in $(…), whose output adds the
// solved captcha to the body. It returns "" if the operation needs no captcha. The call has the path by which this
// process was started, because the command is typed in the same folder, and the address of this service.
func (b banner) solved(operation account.Operation, base string) string {
	if b.config.Captcha == "off" || !slices.Contains(b.config.CaptchaOn, string(operation)) {
		return ""
	}
	return `'"$(` + quoted(b.program) + ` captcha ` + base + `)"'`
}

// needed returns what the settings require in the body of each registration: a birthday with ENROLL_MIN_AGE, and the
// version with ENROLL_TERMS. The birthday is the first day of 1900, which satisfies every minimum age.
func (b banner) needed() string {
	members := ""
	if b.config.MinAge != 0 {
		members += `,"birthday":-2208988800`
	}
	// A version has no character that JSON or a shell would read differently.
	if b.config.Terms != "" {
		members += `,"accepted_terms":"` + b.config.Terms + `"`
	}
	return members
}

// quoted returns a word as a shell reads it. A folder may have blanks in its name, or a quotation mark.
func quoted(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// plain matches words that mean themselves in a shell. Most paths do, and are easier to read without quotation
// marks.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

// registrationByCode returns the two commands of a registration without a user name. With the sender
// log, which is the default of --dev, the code is in the log.
func (b banner) registrationByCode(about, base string) string {
	// The phone comes before the email, as in the list of ENROLL_METHODS.
	path, request, field := "/api/verify/phone", `{"phone":"13800138000"`, `"phone":"13800138000"`
	operation := account.OnVerifyPhone
	if !slices.Contains(b.methods, account.ByPhone) {
		path, request = "/api/verify/email", `{"email":"newuser@example.com","state":"register"`
		field, operation = `"email":"newuser@example.com"`, account.OnVerifyEmail
	}
	// Each of the two operations may need a captcha, or only one of them (ENROLL_CAPTCHA_ON).
	head := fmt.Sprintf(" -H 'Content-Type: application/json' -H 'Accept-Language: %s' -d ", b.language)
	return fmt.Sprintf(`%s Request a code, then send it. With the sender log, the code is in this output.
  curl -s %s%s'%s%s}'
  curl -s %s%s'{%s,"code":"CODE"%s}'
`, about, base+path, head, request, b.solved(operation, base),
		base+"/api/register", head, field+b.needed(), b.solved(account.OnRegister, base))
}

// tongue returns the language of Enroll that is nearest to the locale of the environment, or "en". The first
// variable of the three that is set decides, and an empty one counts as unset
// (POSIX, "Internationalization Variables").
func tongue(environ []string) string {
	languages, err := locale.New("en")
	if err != nil {
		return "en"
	}
	// The names are in the order of precedence that POSIX gives.
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		for _, pair := range environ {
			if value, found := strings.CutPrefix(pair, name+"="); found && value != "" {
				// A locale is such as zh_TW.UTF-8 or de_AT@euro. C and POSIX are no tags.
				value, _, _ = strings.Cut(value, "@")
				value, _, _ = strings.Cut(value, ".")
				return languages.Of(value)
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
