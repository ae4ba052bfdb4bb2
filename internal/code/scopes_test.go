package code_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/code"
)

// TestUserScopes: UserScopes has each scope in the sources whose key is a user's id, so that a deletion removes its
// counts and an export has them. Such a scope ends in _user.
func TestUserScopes(t *testing.T) {
	t.Parallel()
	scope := regexp.MustCompile(`"([a-z]+_user)"`)
	var found []string
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range scope.FindAllStringSubmatch(string(text), -1) {
			found = append(found, match[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	if found, want := slices.Compact(found), slices.Sorted(slices.Values(code.UserScopes())); !slices.Equal(found, want) {
		t.Errorf("in the sources %q, in UserScopes %q", found, want)
	}
}
