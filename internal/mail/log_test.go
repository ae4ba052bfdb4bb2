package mail_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/mail"
)

func TestLogShowsTheCode(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var sender mail.Sender = mail.NewLog(slog.New(slog.NewTextHandler(&out, nil)))
	if err := sender.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	line := out.String()
	if strings.Count(line, "\n") != 1 {
		t.Errorf("not one line: %q", line)
	}
	for _, want := range []string{
		"email=wang.wei@mail.example", "code=918273", "purpose=verify", "expires_in=10m0s", "locale=zh-CN", "site_id=1",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is missing in %s", want, line)
		}
	}
}

func TestMessagePrintsNothing(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, message)
		fmt.Fprintf(&out, verb, &message)
		fmt.Fprintf(&out, verb, struct{ M mail.Message }{message})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "m", message, "p", &message)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("JSON", "m", message, "p", &message)
	got := out.String()
	if strings.Contains(got, "wang") || strings.Contains(got, "918273") || !strings.Contains(got, "hidden") {
		t.Errorf("the output has the address or the code, or no placeholder: %s", got)
	}
}
