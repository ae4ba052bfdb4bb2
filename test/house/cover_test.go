package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCriticalExists: the packages that `make cover` names are there.
func TestCriticalExists(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile(`(?m)^CRITICAL := (.*)$`).FindStringSubmatch(makefiles(t)["tools/make/security.mk"])
	if names == nil {
		t.Fatal("no CRITICAL in tools/make/security.mk")
	}
	for _, name := range strings.Fields(names[1]) {
		if files, err := filepath.Glob("../../internal/" + name + "/*.go"); err != nil || len(files) == 0 {
			t.Errorf("internal/%s has no files, or was renamed", name)
		}
	}
}

// TestCoverFails runs the script of `make cover` on profiles that it must refuse.
func TestCoverFails(t *testing.T) {
	t.Parallel()
	const profile = "mode: set\nm/internal/a/x.go:1.1,2.2 9 1\nm/internal/a/x.go:3.1,4.2 1 0\n"
	for name, c := range map[string]struct{ least, critical, profile, want string }{
		"enough":   {"90", "a", profile, ""},
		"too few":  {"91", "a", profile, "less than 91 %"},
		"renamed":  {"90", "a b", profile, "internal/b has no tested statement"},
		"no tests": {"90", "a", "mode: set\n", "internal/a has no tested statement"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "cover.out")
			if err := os.WriteFile(file, []byte(c.profile), 0o600); err != nil {
				t.Fatal(err)
			}
			script := exec.Command("awk", "-v", "least="+c.least, "-v", "critical="+c.critical, "-f",
				"../../tools/make/cover.awk", file)
			out, err := script.CombinedOutput()
			if (err == nil) != (c.want == "") || !strings.Contains(string(out), c.want) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// TestSlowPackages runs the script of `make test` on the output of `go test`.
func TestSlowPackages(t *testing.T) {
	t.Parallel()
	const lines = "ok  \tm/a\t3.5s\n--- FAIL: TestX (300.00s)\nFAIL\tm/b\t201.2s\nok  \tm/c\t(cached)\n" +
		"?   \tm/d\t[no test files]\nok  \tm/e\t250.1s\tcoverage: 90.0% of statements\nFAIL\n"
	script := exec.Command("awk", "-v", "bound=200", "-f", "../../tools/make/slowest.awk")
	script.Stdin = strings.NewReader(lines)
	out, err := script.CombinedOutput()
	want := "Packages by time:\n  250.1 s  m/e\n  201.2 s  m/b\n    3.5 s  m/a\n" +
		"WARN: m/e took 250 s, more than 200 s\nWARN: m/b took 201 s, more than 200 s\n"
	if err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}
