package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSecretsAreKept: deploy/secrets.sh makes all files of the secrets, and overwrites none: if any of them exists, it
// fails before it writes. The passwords of the roles would otherwise no longer be those of the database.
func TestSecretsAreKept(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	script, err := os.ReadFile(filepath.Join("..", "..", "deploy", "secrets.sh"))
	if err != nil {
		t.Fatal(err)
	}
	// The key generator has a test of its own.
	const keygen = "#!/bin/sh\nset -e\n" + `mkdir -p "$2"; echo made >"$2/token-key.pem"; echo made >"$2/secret"` + "\n"
	for name, text := range map[string]string{"deploy/secrets.sh": string(script), "bin/enroll": keygen} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	secrets := filepath.Join(folder, "deploy", "secrets")
	run := func() error { return exec.Command("bash", filepath.Join(folder, "deploy", "secrets.sh")).Run() }
	if err := run(); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadDir(secrets)
	if err != nil || len(made) != 7 {
		t.Fatalf("%d files, %v", len(made), err)
	}
	for _, file := range made {
		if err := os.RemoveAll(secrets); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(secrets, 0o700); err != nil {
			t.Fatal(err)
		}
		kept := filepath.Join(secrets, file.Name())
		if err := os.WriteFile(kept, []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
		failed := run()
		text, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		if all, err := os.ReadDir(secrets); failed == nil || err != nil || len(all) != 1 || string(text) != "kept" {
			t.Errorf("%s exists: %v, it has %q, and there are %d files", file.Name(), failed, text, len(all))
		}
	}
}
