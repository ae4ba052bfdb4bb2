package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/settings"
)

// TestExtraSchema: a schema that cannot be used fails the start. The error has the setting, the file and the place in
// the file.
func TestExtraSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.json"), filepath.Join(dir, "bad.json")
	for name, text := range map[string]string{good: `{"type":"object"}`, bad: `{"properties":{"age":{"type":"int"}}}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if schema, err := NewExtra(settings.Config{}); schema != nil || err != nil {
		t.Errorf("without one: %v, %v", schema, err)
	}
	if schema, err := NewExtra(settings.Config{ExtraSchema: good}); schema == nil || err != nil {
		t.Errorf("a good one: %v, %v", schema, err)
	}
	for name, want := range map[string]string{
		bad:                          bad + ": /properties/age/type: ",
		filepath.Join(dir, "absent"): "no such file",
		dir:                          "is a directory",
	} {
		if _, err := NewExtra(settings.Config{ExtraSchema: name}); err == nil ||
			!strings.HasPrefix(err.Error(), "ENROLL_EXTRA_SCHEMA: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
