package command

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPasswordFile: the password of a new user is the file without the end of its line, and is printed nowhere. An
// empty file is refused, and a dry run stores nothing.
func TestPasswordFile(t *testing.T) {
	t.Parallel()
	environ, count := operatorDatabase(t)
	file := filepath.Join(t.TempDir(), "password")
	var out bytes.Buffer
	create := func(content string, more ...string) error {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return run(t.Context(), append([]string{"user", "create", "--user-name", "bob", "--password-file", file}, more...),
			environ, &out)
	}
	if err := create("\r\n"); err == nil {
		t.Error("an empty file is accepted")
	}
	if err := create("correct horse\n", "--dry-run"); err != nil || count("users") != 1 {
		t.Errorf("a dry run: %v", err)
	}
	for _, content := range []string{"bob", "horse 1"} {
		if err := create(content); err == nil || count("users") != 1 {
			t.Errorf("%q is accepted", content)
		}
	}
	if err := create("correct horse\r\n", "--json"); err != nil {
		t.Fatal(err)
	}
	if count("users WHERE user_name = 'bob' AND password_hash LIKE '$argon2id$%'") != 1 ||
		bytes.Contains(out.Bytes(), []byte("horse")) || bytes.Contains(out.Bytes(), []byte("argon2")) {
		t.Errorf("prints %s", &out)
	}
}

// TestUpdateFlags: the value of each flag of a profile is stored and is in --json, and an empty value clears it. Extra
// data that breaks the schema of the service is refused.
func TestUpdateFlags(t *testing.T) {
	t.Parallel()
	environ, count := operatorDatabase(t)
	schema := filepath.Join(t.TempDir(), "extra.json")
	if err := os.WriteFile(schema, []byte(`{"properties":{"city":{"type":"string"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	environ = append(environ, "ENROLL_EXTRA_SCHEMA="+schema)
	update := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), append([]string{"user", "update", "1000", "--json"}, args...), environ, &out); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(out.String()), "")
	}
	for _, c := range []struct{ flag, value, shown, stored string }{
		{"--real-name", "R", `"real_name":"R"`, "real_name = 'R'"},
		{"--first-name", "F", `"first_name":"F"`, "first_name = 'F'"},
		{"--last-name", "L", `"last_name":"L"`, "last_name = 'L'"},
		{"--avatar-url", "/a", `"avatar_url":"/a"`, "avatar_url = '/a'"},
		{"--introduce", "I", `"introduce":"I"`, "introduce = 'I'"},
		{"--birthday", "1970-01-01", `"birthday":1,`, "birthday = '1970-01-01 00:00:01+00'"},
		{"--extra", `{"city": "<杭州>"}`, `"extra":{"city":`, `extra = '{"city":"<杭州>"}'`},
	} {
		if shown := update(c.flag, c.value); !strings.Contains(shown, c.shown) || count("users WHERE "+c.stored) != 1 {
			t.Errorf("%s: %s", c.flag, shown)
		}
		if shown := update(c.flag, ""); strings.Contains(shown, c.shown) || count("users WHERE "+c.stored) != 0 {
			t.Errorf("%s, empty: %s", c.flag, shown)
		}
	}
	err := run(t.Context(), []string{"user", "update", "1000", "--extra", `{"city":7}`}, environ, io.Discard)
	if err == nil || err.Error() != "user: extra_invalid; extra.city: extra_invalid" {
		t.Errorf("%v", err)
	}
}
