package command

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// run runs a command as enroll does.
func run(ctx context.Context, args, environ []string, out io.Writer) error {
	return Run(ctx, args, environ, out, "v1")
}

// production returns the settings that the commands need besides a database.
func production(t *testing.T) []string {
	t.Helper()
	var keys bytes.Buffer
	if err := settings.Keygen([]string{t.TempDir()}, &keys); err != nil {
		t.Fatal(err)
	}
	return strings.Fields(keys.String())
}
