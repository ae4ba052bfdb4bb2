//go:build docs

package docs

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/test/captchatest"
)

// reader follows the quickstart as a person does: types what it says into two
// terminals, looks at what it shows, and reads codes and pictures.
type reader struct {
	t       *testing.T
	folder  string            // the clone
	replace *strings.Replacer // the page's addresses by those of the test
	env     []string

	first  *program // what runs in the first terminal
	stop   func()
	second io.Writer // the second terminal
	shown  *bufio.Reader
	last   string // what the last block printed there
	partly bool   // the page leaves members of the last answer out
	token  string // what the page's eyJ… stands for

	pictures <-chan string // the digits of each picture that a program shows

	server *devpg.Server // the database outside of development
}

// step is a fenced block: "sh", "sh server", "json", "text" or "text log".
var step = regexp.MustCompile("(?ms)^```([a-z ]+)\n(.*?)^```$")

// linked are addresses in the text, which a person opens.
var linked = regexp.MustCompile(`<(http://127[^>]*)>`)

func TestQuickstart(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/quickstart.md")
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	steps := step.FindAllStringSubmatchIndex(string(raw), -1)
	if fences := strings.Count("\n"+string(raw), "\n```"); fences != 2*len(steps) {
		t.Fatalf("%d fences and %d steps", fences, len(steps))
	}
	for _, at := range steps {
		kind, text := string(raw[at[2]:at[3]]), string(raw[at[4]:at[5]])
		line := 1 + bytes.Count(raw[:at[0]], []byte("\n"))
		if r.follow(kind, r.replace.Replace(text)); t.Failed() {
			t.Fatalf("that was at quickstart.md:%d", line)
		}
	}
	r.unseen()
	for _, link := range linked.FindAllStringSubmatch(string(raw), -1) {
		if status, _ := ask(t, http.MethodGet, r.replace.Replace(link[1]), "", nil); status != http.StatusOK {
			t.Errorf("%s answers %d", link[1], status)
		}
	}
}

// unseen fails unless git ignores all files that the page has made, so that "git add ."
// commits neither a key nor a token.
func (r *reader) unseen() {
	r.t.Helper()
	entries, err := os.ReadDir(r.folder)
	if err != nil {
		r.t.Fatal(err)
	}
	cloned := "\x00" + string(tracked(r.t))
	var made []string
	for _, entry := range entries {
		if name := entry.Name(); !strings.Contains(cloned, "\x00"+name+"/") && !strings.Contains(cloned, "\x00"+name+"\x00") {
			made = append(made, name)
		}
	}
	if !slices.Contains(made, "keys") || !slices.Contains(made, "staging.env") {
		r.t.Errorf("the page has made only %q", made)
	}
	for _, name := range made {
		if info, err := os.Stat(filepath.Join(r.folder, name)); err == nil && info.IsDir() {
			name += "/"
		}
		if err := exec.Command("git", "-C", "../..", "check-ignore", "--quiet", name).Run(); err != nil {
			r.t.Errorf("git does not ignore %s: %v", name, err)
		}
	}
}

// newReader clones the tree as it is here, and makes the database of staging.
func newReader(t *testing.T) *reader {
	t.Helper()
	folder := clone(t)
	server, err := devpg.Start(t.Context(), devpg.Config{Dir: filepath.Join(t.TempDir(), "staging"), Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(t.Context()) })
	api, ops := port(t), port(t)
	r := &reader{t: t, folder: folder, server: server,
		env: []string{"ENROLL_ADDR=127.0.0.1:" + api, "ENROLL_OPS_ADDR=127.0.0.1:" + ops}}
	// The page's PostgreSQL is another one, which has a role and a database of the name enroll already.
	r.replace = strings.NewReplacer("127.0.0.1:8080", "127.0.0.1:"+api, "127.0.0.1:9090", "127.0.0.1:"+ops,
		"sudo -u postgres psql", "psql '"+server.URL("postgres")+"'",
		"ROLE enroll", "ROLE staging", "DATABASE enroll OWNER enroll", "DATABASE staging OWNER staging",
		"postgres://enroll:secret@127.0.0.1:5432/enroll",
		strings.Replace(server.URL("staging"), "enroll@", "staging:secret@", 1))

	cmd := exec.Command("bash")
	cmd.Dir, cmd.Env = folder, clean(cmd.Environ())
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	r.second, r.shown = in, bufio.NewReader(out)
	return r
}

// clean takes the stage's own variables out, which a reader does not have.
func clean(environ []string) []string {
	return slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, "ENROLL_") })
}

// clone copies the files that git tracks or would add, with uncommitted changes.
func clone(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	readable(t, folder)
	copying := exec.Command("tar", "-C", "../..", "--null", "--ignore-failed-read", "-cf", "-", "-T", "-")
	copying.Stdin = bytes.NewReader(tracked(t))
	unpacking := exec.Command("tar", "-C", folder, "-xf", "-")
	pipe, err := copying.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	unpacking.Stdin = pipe
	if err := unpacking.Start(); err != nil {
		t.Fatal(err)
	}
	if err := copying.Run(); err != nil {
		t.Fatal(err)
	}
	if err := unpacking.Wait(); err != nil {
		t.Fatal(err)
	}
	return folder
}

// tracked lists the files of the tree that git tracks or would add, each followed by a zero byte.
func tracked(t *testing.T) []byte {
	t.Helper()
	list, err := exec.Command(
		"git", "-C", "../..", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// follow carries out one block.
func (r *reader) follow(kind, text string) {
	r.t.Helper()
	switch kind {
	case "sh server":
		r.serve(text)
	case "sh":
		r.run(r.typed(text))
	case "json":
		r.json(text)
	case "text":
		if like(text).FindString(r.last) != r.last {
			r.t.Errorf("the page shows\n%sand there is\n%s", text, r.last)
		}
	case "text log":
		for line := range strings.Lines(text) {
			until(r.t, "the log says "+line, func() bool { return like(line).MatchString(r.first.said()) })
		}
	default:
		r.t.Errorf("a block of %q", kind)
	}
}

// serve runs a command in the first terminal, after Ctrl-C there.
func (r *reader) serve(command string) {
	r.t.Helper()
	if r.stop != nil {
		r.stop()
	}
	cmd := exec.Command("bash", "-c", command)
	cmd.Dir, cmd.Env = r.folder, append(clean(cmd.Environ()), r.env...)
	r.first = &program{}
	cmd.Stdout, cmd.Stderr = r.first, r.first
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	r.stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		<-ended
	}
	r.t.Cleanup(func() {
		r.stop()
		if r.t.Failed() {
			r.t.Logf("the first terminal:\n%s", r.first.said())
		}
	})
	until(r.t, "Enroll is ready", func() bool {
		select {
		case <-ended:
			r.t.Fatalf("%s ended:\n%s", command, r.first.said())
		default:
		}
		said := r.first.said()
		return strings.Contains(said, "is ready, for development") || strings.Contains(said, `"serving"`)
	})
}

// typed returns the block with the values filled in that a person reads elsewhere.
func (r *reader) typed(text string) string {
	r.t.Helper()
	if strings.Contains(text, "CODE=123456") || strings.Contains(text, `"code":"123456"`) {
		code := r.code()
		text = strings.NewReplacer("CODE=123456", "CODE="+code, `"code":"123456"`, `"code":"`+code+`"`).Replace(text)
	}
	text = strings.Replace(text, "Token: eyJ…", "Token: "+r.token, 1)
	if before, after, found := strings.Cut(text, "CAPTCHA=123456"); found {
		text = before + "CAPTCHA=" + r.look() + after
	}
	return text
}

// code reads the last code in the log.
func (r *reader) code() (found string) {
	r.t.Helper()
	until(r.t, "the log has a code", func() bool {
		codes := regexp.MustCompile(` code=(\d{6})`).FindAllStringSubmatch(r.first.said(), -1)
		if codes != nil {
			found = codes[len(codes)-1][1]
		}
		return codes != nil
	})
	return found
}

// look returns the digits of the picture, which it decrypts from the captcha's id with the service's secret.
func (r *reader) look() string {
	r.t.Helper()
	picture, err := os.ReadFile(filepath.Join(r.folder, "captcha.png"))
	if err != nil || !bytes.HasPrefix(picture, []byte("\x89PNG")) {
		r.t.Fatalf("captcha.png is not a picture: %v", err)
	}
	var issued struct {
		Data struct {
			ID string `json:"captcha_id"`
		}
	}
	raw, err := os.ReadFile(filepath.Join(r.folder, "captcha.json"))
	if err == nil {
		err = json.Unmarshal(raw, &issued)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	digits, err := captchatest.Answer(r.devSecret(), issued.Data.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return digits
}

// devSecret returns the secret of the service that `make run` serves.
func (r *reader) devSecret() []byte {
	file, err := os.ReadFile(filepath.Join(r.folder, ".enroll", "dev-secret"))
	if err != nil {
		r.t.Error(err)
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(file)), "dev:"))
	if err != nil {
		r.t.Error(err)
	}
	return secret
}

// mark ends the output of a block, with its status.
const mark = "--- done "

// run types a block into the second terminal and keeps what it prints.
func (r *reader) run(block string) {
	r.t.Helper()
	fmt.Fprintln(r.second, block)
	// The program that asks for the digits reads them from the same terminal.
	if r.pictures != nil && strings.Contains(block, "$(captcha)") {
		fmt.Fprintln(r.second, <-r.pictures)
	}
	fmt.Fprintf(r.second, "printf '\\n%s%%s\\n' $?\n", mark)
	r.last = ""
	for {
		line, err := r.shown.ReadString('\n')
		if err != nil {
			r.t.Fatalf("the second terminal ended: %v\n%s", err, r.last)
		}
		if status, done := strings.CutPrefix(line, mark); done {
			if r.last = strings.TrimSpace(r.last); strings.TrimSpace(status) != "0" {
				r.t.Errorf("%sends with %s%s", block, status, r.last)
			}
			return
		}
		r.last += line
	}
}
