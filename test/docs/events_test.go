//go:build docs

package docs

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// eventSecret signs the events. The service also signs with oldSecret, as while one is replaced.
const (
	eventSecret = "whsec_S5RSkdRIpeUfYLIdE5OsEVRA8cKjFJiM1hBDOeg0mkI="
	oldSecret   = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
)

// eventReceivers are the programs of the page, by name, with the SDKs that `make test-docs` has built.
func eventReceivers(t *testing.T, p page) map[string][]string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	k := kit{filepath.Join(root, ".tools", "events")}
	k.write(t, p.program("events.go"), "go", "events.go")
	build := exec.Command("go", "build", "-o", k.path("go", "events"), "./.tools/events/go")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The client is installed where its tests are.
	err = os.MkdirAll(k.path("node"), 0o755)
	if link := k.path("node", "node_modules"); err == nil && os.RemoveAll(link) == nil {
		err = os.Symlink(filepath.Join(root, "test/sdk/typescript/node_modules"), link)
	}
	if err != nil {
		t.Fatal(err)
	}
	libraries := filepath.Join(root, ".tools/java-clients/play/target/lib/*")
	return map[string][]string{
		"go":         {k.path("go", "events")},
		"typescript": {"node", k.write(t, p.program("events.mjs"), "node", "events.mjs")},
		"python": {"env", "PYTHONPATH=" + filepath.Join(root, "gen/sdk/python"),
			filepath.Join(root, ".tools/python/bin/python"), k.write(t, p.program("events.py"), "python", "events.py")},
		"java": {"java", "-cp", libraries, k.write(t, p.program("Events.java"), "java", "Events.java")},
	}
}

// TestEventReceivers: a receiver in each language of an SDK, as the page has it, takes the event of a registration from
// the service, and refuses what is not the service's.
func TestEventReceivers(t *testing.T) {
	t.Parallel()
	programs := map[string]*program{}
	var urls []string
	for name, command := range eventReceivers(t, read(t, "integrate.md")) {
		p := serve(t, port(t), []string{"ENROLL_EVENTS_SECRET=" + eventSecret}, command...)
		programs[name] = p
		urls = append(urls, name+"="+p.url+"/hook")
	}
	// The stage ends when its command has read all of its input.
	stage := exec.Command("go", "run", "./test/stage", "-set", "ENROLL_CAPTCHA=off", "-set", "ENROLL_LIMIT_ADDRESS=off",
		"-set", "ENROLL_EVENTS_URL="+strings.Join(urls, ","),
		"-set", "ENROLL_EVENTS_SECRET="+oldSecret+","+eventSecret, "sh", "-c", `echo "$ENROLL_URL"; cat`)
	stage.Dir, stage.Env, stage.Stderr = "../..", clean(stage.Environ()), os.Stderr
	in, err := stage.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := stage.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := stage.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := stage.Wait(); err != nil {
			t.Error(err)
		}
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the stage has not started")
	}
	registered := 0
	register := func() (id int64) {
		t.Helper()
		registered++
		status, answer := ask(t, http.MethodPost, lines.Text()+"/api/register",
			fmt.Sprintf(`{"user_name":"evented%d","password":"quite a good one"}`, registered),
			map[string]string{"Content-Type": "application/json"})
		var user struct{ Data struct{ ID int64 } }
		if err := json.Unmarshal([]byte(answer), &user); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		return user.Data.ID
	}
	// A receiver gets what happens after the service has begun to send to it.
	for name, p := range programs {
		until(t, name+" has an event", func() bool { register(); return strings.Contains(p.said(), "user.registered") })
	}
	id := register()
	for name, p := range programs {
		want := fmt.Sprintf("%d 1 user.registered\n", id)
		until(t, name+" has the event", func() bool { return strings.Contains(p.said(), want) })
		refuses(t, name, p)
	}
}

// refuses checks that a receiver answers what it must not take with 401, and prints no event of it.
func refuses(t *testing.T, name string, p *program) {
	t.Helper()
	right := post{map[string]string{"Webhook-Id": "evt_1_7000000_1_743", "Content-Type": "application/json"},
		`{"type":"user.invented","timestamp":"2026-12-01T00:00:00Z","data":{"id":1,"site_id":1,"user_id":7000000,"seq":1,` +
			`"fields":[],"new":true}}`}.signed(eventSecret, time.Now())
	withstands(t, name, p, "/hook")
	changed := post{right.Header, strings.Replace(right.Body, "7000000", "8000000", 1)}
	for what, sent := range map[string]post{
		"a changed body":  changed,
		"another secret":  right.signed(oldSecret, time.Now()),
		"six minutes ago": right.signed(eventSecret, time.Now().Add(-6*time.Minute)),
		"no signature":    right.with("Webhook-Signature", ""),
	} {
		if status, _ := ask(t, http.MethodPost, p.url+"/hook", sent.Body, sent.Header); status != http.StatusUnauthorized {
			t.Errorf("%s: %s is answered with %d", name, what, status)
		}
	}
	if said := p.said(); strings.Contains(said, "8000000 1 user.") || strings.Contains(said, "7000000 1 user.") {
		t.Errorf("%s takes what it must refuse: %s", name, said)
	}
	status, _ := ask(t, http.MethodPost, p.url+"/hook", right.Body, right.Header)
	if status != http.StatusNoContent {
		t.Errorf("%s answers an event of a later version with %d", name, status)
	}
	until(t, name+" has an event of a later version", func() bool {
		return strings.Contains(p.said(), "7000000 1 user.invented\n")
	})
}
