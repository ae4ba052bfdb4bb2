package sms_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"log/slog"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/sms"
)

// discard is the log of test servers whose connections are meant to fail.
var discard = log.New(io.Discard, "", 0)

func TestLogShowsTheCode(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var sender sms.Sender = sms.NewLog(slog.New(slog.NewTextHandler(&out, nil)))
	if err := sender.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	line := out.String()
	if strings.Count(line, "\n") != 1 {
		t.Errorf("not one line: %q", line)
	}
	for _, want := range []string{
		"phone=+8613800138000", "code=918273", "purpose=register", "expires_in=10m0s", "locale=zh-CN", "site_id=1",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is missing in %s", want, line)
		}
	}
}

// TestLogShowsANotice: a notice has no code, and its line does not look like that of a code.
func TestLogShowsANotice(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	notice := sms.Message{Phone: "+8613800138000", Purpose: sms.PhoneChanged, Locale: "en", SiteID: 1}
	if err := sms.NewLog(slog.New(slog.NewTextHandler(&out, nil))).Send(t.Context(), notice); err != nil {
		t.Fatal(err)
	}
	line := out.String()
	for _, want := range []string{
		`msg="notice, `, "phone=+8613800138000", "purpose=phone_changed", "locale=en", "site_id=1",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%q is missing in %s", want, line)
		}
	}
	if strings.Contains(line, "code") || strings.Contains(line, "expires_in") || strings.Count(line, "\n") != 1 {
		t.Errorf("the line is not that of a notice: %q", line)
	}
}

func TestMessagePrintsNothing(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, message)
		fmt.Fprintf(&out, verb, &message)
		fmt.Fprintf(&out, verb, struct{ M sms.Message }{message})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "m", message, "p", &message)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("JSON", "m", message, "p", &message)
	got := out.String()
	if strings.Contains(got, "13800138000") || strings.Contains(got, "918273") || !strings.Contains(got, "hidden") {
		t.Errorf("the output has the phone or the code, or no placeholder: %s", got)
	}
}
