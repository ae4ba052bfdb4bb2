package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestLogHasher: for an implementation that failed its test, the log has a warning with its name and the error.
func TestLogHasher(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		failure error
		want    []string
	}{
		"sound": {nil, []string{"level=INFO", "argon2id tested", "implementation=avx2"}},
		"fallen back": {errors.New("avx512 differs"), []string{"level=WARN", "is not used", "implementation=avx2",
			"avx512 differs"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			logHasher(slog.New(slog.NewTextHandler(&out, nil)), "avx2", test.failure)
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in %q", want, out.String())
				}
			}
		})
	}
}

// TestStartNamesHashers: the start logs how many passwords are hashed at a time, and
// why.
func TestStartNamesHashers(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_HASHERS=3")
	p.stop(t)
	for _, want := range []string{"hashers chosen", "hashers=3", "because=ENROLL_HASHERS"} {
		if !strings.Contains(p.output(), want) {
			t.Errorf("the log has no %q: %s", want, p.output())
		}
	}
}
