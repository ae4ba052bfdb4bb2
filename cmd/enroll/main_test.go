package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/settings"
)

// TestStatuses: statuses returns what `serve` logs at its start about the statuses of refusals. ENROLL_COMPAT implies
// 200.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings []string
		always   bool
		says     string
	}{
		{nil, false, "400 to 503 for refusals (ENROLL_HTTP_STATUS=standard)"},
		{[]string{"ENROLL_HTTP_STATUS=always-200"}, true, "200 for refusals under /api too (ENROLL_HTTP_STATUS=always-200)"},
		{[]string{"ENROLL_COMPAT=anqicms"}, true, "200 for refusals under /api too (ENROLL_COMPAT=anqicms)"},
	} {
		got, err := settings.Read(false, c.settings)
		if err != nil || alwaysOK(got) != c.always || statuses(got) != c.says ||
			(spec(got) == "/openapi-always-200.yaml") != c.always {
			t.Errorf("%v: %t, %q, %v", c.settings, alwaysOK(got), statuses(got), err)
		}
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		want string
	}{
		{"", "say what to do"}, {"fly", "no command"}, {"help fly", "no command"}, {"user fly", "no command"},
		{"serve now", "takes no argument"}, {"serve --versions", "--versions"}, {"serve --version", ""},
		{"captcha", "needs the address"}, {"-help", ""}, {"help user create", ""}, {"completion bash", ""},
		{"migrate --dev", "flag"}, {"migrate", "ENROLL_DATABASE_URL"},
		{"keygen", "needs the folder"}, {"version", ""}, {"--version", ""}, {"-version", ""},
		{"help", ""}, {"--help", ""}, {"-h", ""}, {"serve --help", ""}, {"serve --dev -h", ""}, {"keygen --help", ""},
	} {
		err := run(t.Context(), strings.Fields(c.args), nil, &bytes.Buffer{})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("enroll %s: %v", c.args, err)
		}
	}
	dir := t.TempDir()
	if err := run(t.Context(), []string{"keygen", dir}, nil, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"keygen", dir}, nil, &bytes.Buffer{}); err == nil ||
		!strings.Contains(err.Error(), "overwrites nothing") {
		t.Errorf("a second time: %v", err)
	}
}
