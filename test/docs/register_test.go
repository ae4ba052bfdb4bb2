//go:build docs

package docs

import (
	"encoding/json"
	"os/exec"
	"testing"
)

// registers runs the backend's program. A registration whose first two answers are lost
// makes one user, and the program reports a refusal.
func registers(t *testing.T, s stage, program string) {
	f := newFront(t, s.enroll)
	run := func(user string) (told struct {
		ID     int64
		Token  string
		Reason string
		Errors []struct{ Field, Reason string }
	}) {
		t.Helper()
		cmd := exec.Command("node", program, user)
		cmd.Env = append(cmd.Environ(), "ENROLL_URL="+f.url)
		out, err := cmd.Output()
		if err := json.Unmarshal(out, &told); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if (err != nil) != (told.Reason != "") {
			t.Errorf("ended with %v: %s", err, out)
		}
		return told
	}
	f.lose = 2
	const user = `{"user_name":"backend1","password":"quite a good one"}`
	first := run(user)
	if first.ID < 1000 || first.Token == "" || f.lose != 0 {
		t.Errorf("with two lost answers: %+v", first)
	}
	again := run(user) // a new registration, so it has a new key
	if again.Reason != "user_name_taken" || len(again.Errors) != 1 || again.Errors[0].Field != "user_name" {
		t.Errorf("the same name again: %+v", again)
	}
}
