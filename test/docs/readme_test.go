//go:build docs

package docs

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/captchatest"
)

var (
	// shown is a block of a page: lines that are indented by four, or a fence.
	shown = regexp.MustCompile("(?m)(?:^    .+\n)+|(?s:^```.*?\n```$)")
	// continued ends a line that the next one belongs to.
	continued = regexp.MustCompile(`([^\\])\n`)
	// issuedToken finds the token in an answer.
	issuedToken = regexp.MustCompile(`"token":"(eyJ[^"]*)"`)
)

// blocks returns the blocks of a page in their order, without fences and indentation.
func blocks(t *testing.T, name string) (found []string) {
	t.Helper()
	raw, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range shown.FindAllString(string(raw), -1) {
		if rest, fenced := strings.CutPrefix(block, "```"); fenced {
			_, block, _ = strings.Cut(strings.TrimSuffix(rest, "```"), "\n")
		} else {
			block = strings.ReplaceAll("\n"+block, "\n    ", "\n")[1:]
		}
		found = append(found, block)
	}
	return found
}

// jsonOf returns the first block of a page that is a JSON object and contains has.
func jsonOf(t *testing.T, name, has string) string {
	t.Helper()
	for _, block := range blocks(t, name) {
		if strings.HasPrefix(block, "{") && strings.Contains(block, has) {
			return block
		}
	}
	t.Fatalf("%s shows no JSON object with %q", name, has)
	return ""
}

// commands splits a block into its commands.
func commands(block string) []string {
	return strings.Split(continued.ReplaceAllString(strings.TrimSpace(block), "$1\x00"), "\x00")
}

// TestReadmePage types the README in its order, from the clone to production. Before production it types the calls
// of docs/profiles.md with the same user, and at the end docs/deploy.md and the SQL of docs/.
func TestReadmePage(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	registration := ""
	for _, block := range blocks(t, "README.md") {
		switch {
		case strings.HasPrefix(block, "git clone "):
			r.serve(strings.Replace(block, "git clone https://github.com/enroll-project/enroll && cd enroll", "true", 1))
		case strings.Contains(block, "curl "):
			for _, command := range commands(block) {
				if registration == "" && strings.HasPrefix(command, "curl ") {
					registration = command
				}
				r.call(command)
			}
		case strings.HasPrefix(block, "{") && strings.Contains(block, "user_name_taken"):
			r.call(registration) // "The same name once more is refused"
			r.json(block)
			r.call(strings.Replace(registration, "Accept-Language: en", "Accept-Language: zh-CN", 1))
			r.json(`{"reason":"user_name_taken","msg":"…用户名…", …}`)
		case strings.HasPrefix(block, "{"):
			r.json(block)
		case strings.HasPrefix(block, "make release-binary\n"):
			r.profiles()
			r.produce(block)
		case !strings.HasPrefix(block, "make test\n") && !strings.HasPrefix(block, "openapi.yaml "):
			t.Errorf("what is this?\n%s", block)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	r.again()
	r.sql()
}

// TestReadmeWithCaptchas types the README's calls where captchas are asked for, by each kind that needs no page.
func TestReadmeWithCaptchas(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	for _, kind := range []string{"image", "pow", "image+pow"} {
		// A database of its own, because the calls register the same user.
		r.serve("rm -rf .enroll && exec env ENROLL_CAPTCHA=" + kind + " make run")
		r.token, r.pictures = "", nil
		service := "captcha " + r.replace.Replace("http://127.0.0.1:8080")
		if kind != "pow" {
			service = "captcha " + r.seePictures(strings.TrimPrefix(service, "captcha "))
		}
		calls := 0
		for _, block := range blocks(t, "README.md") {
			if !strings.Contains(block, "curl ") {
				continue
			}
			for _, command := range commands(block) {
				command = strings.Replace(command, "captcha http://127.0.0.1:8080", service, 1)
				if r.call(command); strings.HasPrefix(command, "curl ") {
					calls++
					// The person is asked for the digits in front of the answer.
					if _, answer, asked := strings.Cut(r.last, "digits: "); asked {
						r.last = answer
					}
					r.json(`{"code":0, …}`)
				}
			}
		}
		if calls != 4 || r.token == "" {
			t.Errorf("%s: %d calls, token %q", kind, calls, r.token)
		}
	}
}

// seePictures passes challenges on, for a person that reads each picture. It returns the address that
// `enroll captcha` gets instead of the service's.
func (r *reader) seePictures(service string) string {
	r.t.Helper()
	seen := make(chan string, 1)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		res, err := http.Get(service + req.URL.Path)
		if err != nil {
			r.t.Error(err)
			return
		}
		defer res.Body.Close()
		var issued struct {
			Data struct {
				ID string `json:"captcha_id"`
			}
		}
		err = json.NewDecoder(io.TeeReader(res.Body, w)).Decode(&issued)
		var digits string
		if err == nil {
			digits, err = captchatest.Answer(r.devSecret(), issued.Data.ID)
		}
		if err != nil {
			r.t.Error(err)
		}
		seen <- digits
	}))
	r.t.Cleanup(between.Close)
	r.pictures = seen
	return between.URL
}

// call types a command that calls the API, and keeps the first token that is issued: its user has a password.
func (r *reader) call(command string) {
	r.t.Helper()
	r.run(r.replace.Replace(r.typed(command)))
	if found := issuedToken.FindStringSubmatch(r.last); found != nil && r.token == "" {
		r.token = found[1]
	}
}

// profiles types the calls of docs/profiles.md. Each succeeds.
func (r *reader) profiles() {
	r.t.Helper()
	r.run("TOKEN=" + r.token + "; cp docs/captcha/sample-1.png me.jpg")
	for _, block := range blocks(r.t, "docs/profiles.md") {
		if strings.HasPrefix(block, "curl ") {
			r.call(block)
			r.json(`{"code":0, …}`)
		}
	}
	r.run("rm me.jpg")
}

// produce types the README's way into production, on a database of its own.
func (r *reader) produce(block string) {
	r.t.Helper()
	const url = "postgres://enroll:…@db1,db2/enroll?"
	if !strings.Contains(block, url) {
		r.t.Fatalf("there is no %s in\n%s", url, block)
	}
	lines := commands(strings.Replace(block, url, r.server.URL("enroll")+"&", 1))
	var exports []string
	for _, line := range lines[:len(lines)-1] {
		if r.run(line); strings.HasPrefix(line, "export ") {
			exports = append(exports, line)
		}
	}
	r.serve(strings.Join(append(exports, "exec "+lines[len(lines)-1]), "\n"))
}

// again types docs/deploy.md in the terminal that has the README's settings, with other keys.
func (r *reader) again() {
	r.t.Helper()
	r.run("rm -r keys")
	block := blocks(r.t, "docs/deploy.md")[0]
	lines := commands(block)
	for _, line := range lines[:len(lines)-1] {
		r.run(line)
	}
	r.run("export -p | grep ENROLL_")
	r.serve(r.last + "\nexec " + lines[len(lines)-1])
}

// sql runs the statements of each page on the migrated database, as one transaction that is rolled back.
func (r *reader) sql() {
	r.t.Helper()
	pages, err := os.ReadDir("../../docs")
	if err != nil {
		r.t.Fatal(err)
	}
	found := 0
	for _, page := range pages {
		if page.IsDir() {
			continue
		}
		raw, err := os.ReadFile("../../docs/" + page.Name())
		if err != nil {
			r.t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)\n```sql\n(.*?)```").FindAllStringSubmatch(string(raw), -1) {
			found++
			r.run("psql '" + r.server.URL("enroll") + "' -q -v ON_ERROR_STOP=1 <<'END'\nBEGIN;\nCREATE ROLE the_role;\n" +
				block[1] + "ROLLBACK;\nEND")
		}
	}
	if found < 2 {
		r.t.Errorf("%d blocks of SQL, want 2 or more", found)
	}
}
