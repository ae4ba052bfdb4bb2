package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/awstest"
)

// TestMailBySES: the settings reach SES, and the mail methods are offered.
func TestMailBySES(t *testing.T) {
	t.Parallel()
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read, _ := io.ReadAll(r.Body)
		if _, ok := awstest.Signed(r, string(read), "AKIA", "hush", "eu-central-1", "ses"); ok {
			body = string(read)
		}
		fmt.Fprint(w, `{"MessageId":"1"}`)
	}))
	defer server.Close()
	c, err := settings.Read(false, append(production(t), "ENROLL_MAIL=ses", "ENROLL_MAIL_FROM=Shop <a@example.com>",
		"ENROLL_MAIL_SES_KEY_ID=AKIA", "ENROLL_MAIL_SES_SECRET_KEY=hush", "ENROLL_MAIL_SES_REGION=eu-central-1",
		"ENROLL_MAIL_SES_CONFIGURATION_SET=codes", "ENROLL_MAIL_SES_ENDPOINT="+server.URL))
	if err != nil {
		t.Fatal(err)
	}
	sender, err := newMail(c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := mail.Message{To: "wang@example.com", Code: "123456", Purpose: mail.ForLogin, ExpiresIn: time.Minute, Locale: "en"}
	if err := sender.Send(t.Context(), m); err != nil || !strings.Contains(body, `"ConfigurationSetName":"codes"`) ||
		!strings.Contains(body, "wang@example.com") {
		t.Errorf("%v, got %s", err, body)
	}
	sender.(*mail.SES).Close()
	c.MailFrom = "a@localhost"
	if _, err := newMail(c, nil, nil); err == nil || !strings.Contains(err.Error(), "ENROLL_MAIL_FROM") {
		t.Error(err)
	}
}
