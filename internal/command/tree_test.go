package command

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpEverywhere: each command says what it does and prints the version, in each spelling, without settings. What
// is not a command is an error wherever it stands.
func TestHelpEverywhere(t *testing.T) {
	t.Parallel()
	var paths [][]string
	each((&desk{}).tree(Program{Version: "v1"}), func(c *cobra.Command) {
		if c.Short == "" {
			t.Errorf("%s has no description", c.CommandPath())
		}
		paths = append(paths, strings.Fields(c.CommandPath())[1:])
	})
	if len(paths) < 30 {
		t.Fatalf("only %d commands", len(paths))
	}
	prints := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), args, nil, &out); err != nil {
			t.Errorf("enroll %q: %v", args, err)
		}
		return out.String()
	}
	for _, path := range paths {
		for _, args := range [][]string{
			append(slices.Clone(path), "--help"), append(slices.Clone(path), "-h"), append([]string{"help"}, path...),
		} {
			if !strings.Contains(prints(args...), "Usage:\n  "+strings.Join(append([]string{"enroll"}, path...), " ")) {
				t.Errorf("enroll %q prints no usage", args)
			}
		}
		if got := prints(append(slices.Clone(path), "--version")...); got != "enroll v1\n" {
			t.Errorf("enroll %q --version: %s", path, got)
		}
		for _, wrong := range [][]string{
			append(slices.Clone(path), "--fly"), append(append([]string{"help"}, path...), "fly"),
		} {
			if err := run(t.Context(), wrong, nil, io.Discard); err == nil || !strings.Contains(err.Error(), "fly") {
				t.Errorf("enroll %q: %v", wrong, err)
			}
		}
	}
}

// TestFlagsOfOperators: each command of operators that changes something has a dry run, and each has JSON. What has no
// dry run is named here.
func TestFlagsOfOperators(t *testing.T) {
	t.Parallel()
	reads := []string{"user list", "user show", "user export", "group list", "key list", "invite list", "event list",
		"event set-aside", "sms report",
		"template show",
		"audit"}
	local := []string{"user import", "user export", "key create", "key list", "key revoke", "sms report", "template show"}
	seen := 0
	for _, top := range (&desk{}).tree(Program{Version: "v1"}).Commands() {
		if top.GroupID != ForOperators {
			continue
		}
		each(top, func(c *cobra.Command) {
			if c.HasSubCommands() {
				return
			}
			seen++
			_ = c.ParseFlags(nil) // adds the flags of the commands above
			name := strings.TrimPrefix(c.CommandPath(), "enroll ")
			if c.Flags().Lookup("json") == nil || (c.Flags().Lookup("dry-run") == nil) != slices.Contains(reads, name) {
				t.Errorf("%s lacks --json or --dry-run, or has a dry run of nothing", name)
			}
			// The key itself has no flag.
			if _, found := c.Annotations[operation]; found == slices.Contains(local, name) || c.Flags().Lookup("url") == nil ||
				c.Flags().Lookup("key-file") == nil || c.Flags().Lookup("key") != nil {
				t.Errorf("%s: an operation is %t, or a flag of the admin API is missing", name, found)
			}
		})
	}
	if seen < 18 {
		t.Errorf("only %d commands", seen)
	}
}
