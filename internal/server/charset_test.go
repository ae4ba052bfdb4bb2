package server_test

import (
	"testing"

	"github.com/enroll-project/enroll/internal/server"
)

// TestCharsets: every operation that takes JSON understands each name of UTF-8, in upper or lower case, and quoted.
// badInputs has the other charsets.
func TestCharsets(t *testing.T) {
	t.Parallel()
	c := newFakeClient(t, server.Fake(t, server.FakeConfig(t), nil))
	for _, media := range []string{
		"application/json", "application/json;", "Application/JSON", " application/json ",
		"application/json; charset=utf-8", "application/json; charset=UTF-8", `application/json; charset="utf-8"`,
		`application/json;CHARSET="UTF-8"`, "application/json; charset=utf8", "application/json; charset=UTF8",
		`application/json; charset="utf8"`, "application/json; charset=Utf8", "application/json; charset=csUTF8",
		"application/json; charset=unicode-1-1-utf-8", "application/json ; charset=utf8 ; version=1",
	} {
		for _, p := range posts() {
			// The body is wrong for a reason that only its reader finds.
			a := c.do("POST", p.path, `{"no_such_field":1}`, "Content-Type", media)
			if a.status != 400 || a.Reason != "invalid_request" {
				t.Errorf("%s as %q: %d %s", p.path, media, a.status, a.Reason)
			}
		}
	}
}
