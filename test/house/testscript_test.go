package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestScriptFailsWithItsTests: tools/make/test.sh fails if a test fails in either of its two runs, with and without a
// coverage profile.
func TestScriptFailsWithItsTests(t *testing.T) {
	t.Parallel()
	const ok = "package x\n\nimport \"testing\"\n\nfunc TestOK(t *testing.T) { F() }\n"
	const fails = "package x\n\nimport \"testing\"\n\nfunc TestFails(t *testing.T) { t.Error() }\n"
	const withoutRace = "//go:build !race\n\n"
	covered := []string{"-coverprofile=c.out"}
	for name, c := range map[string]struct {
		test  string
		flags []string
		fails bool
	}{
		"good":                      {test: ok},
		"good, covered":             {test: ok, flags: covered},
		"first run":                 {test: fails, fails: true},
		"first run, covered":        {test: fails, flags: covered, fails: true},
		"without detector":          {test: withoutRace + fails, fails: true},
		"without detector, covered": {test: withoutRace + fails, flags: covered, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.CopyFS(filepath.Join(folder, "tools/make"), os.DirFS("../../tools/make")); err != nil {
				t.Fatal(err)
			}
			for file, text := range map[string]string{
				"go.mod": "module x\n\ngo 1.26\n", "x.go": "package x\n\nfunc F() int { return 1 }\n",
				"good_test.go": "package x\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) { F() }\n", "x_test.go": c.test,
			} {
				if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			run := exec.Command("tools/make/test.sh", append(append([]string{"200"}, c.flags...), "./...")...)
			run.Dir = folder
			if out, err := run.CombinedOutput(); (err != nil) != c.fails {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
