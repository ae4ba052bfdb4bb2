package command

import (
	"bytes"
	"os"
	"path/filepath"
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
