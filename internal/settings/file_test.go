package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFileErrors: a setting that names a file may hold the secret itself by mistake. The error has the setting and the
// cause, and nothing of the value.
func TestFileErrors(t *testing.T) {
	t.Parallel()
	const canary, cause = "/canary", "no such file or directory"
	check := func(setting string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), setting+": ") || !strings.Contains(err.Error(), cause) ||
			strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", setting, err)
		}
	}
	for _, f := range Fields() {
		if f.Secret {
			_, err := Read(false, []string{f.Name + "_FILE=" + canary})
			check(f.Name+"_FILE", err)
		}
	}
	_, err := Config{TokenKeys: []string{canary}}.SigningKeys()
	check("ENROLL_TOKEN_KEYS: file 1", err)

	// Errors about a file that exists do not have its name either, and say which of the files it is.
	dir := t.TempDir()
	canaries := filepath.Join(dir, "canary.pem")
	if err := os.WriteFile(canaries, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Config{TokenKeys: []string{canaries}}).SigningKeys(); err == nil ||
		!strings.Contains(err.Error(), "ENROLL_TOKEN_KEYS: file 1: ") || strings.Contains(err.Error(), "canary") {
		t.Errorf("no key: %v", err)
	}
	c := Config{Dev: true, DataDir: filepath.Join(dir, "canary")}
	if err := c.MakeDevKeys(); err != nil {
		t.Fatal(err)
	}
	if _, err := (Config{TokenKeys: c.TokenKeys}).SigningKeys(); err == nil ||
		!strings.Contains(err.Error(), "ENROLL_TOKEN_KEYS: file 1 has a development key") ||
		strings.Contains(err.Error(), "canary") {
		t.Errorf("a development key: %v", err)
	}
	// A file stands where the folder should be.
	c = Config{Dev: true, DataDir: canaries}
	if err := c.MakeDevKeys(); err == nil || err.Error() != "ENROLL_DATA_DIR: not a directory" {
		t.Errorf("the data folder: %v", err)
	}
}
