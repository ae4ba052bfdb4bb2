package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// notOurs are folders whose files are not committed, or are generated.
var notOurs = []string{".git", ".tools", ".bench", ".enroll", "bin", "gen", "node_modules", "target"}

// documents returns the Markdown files of this checkout by name, without gen/.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(notOurs, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		raw, err := fs.ReadFile(root, name)
		texts[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if texts["README.md"] == "" || texts["docs/integrate.md"] == "" {
		t.Fatal("README.md or docs/integrate.md was not found")
	}
	return texts
}
